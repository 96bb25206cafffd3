package devcloud

import (
	"crypto/ed25519"
	"crypto/md5"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
)

// keypair belongs to a user; its id here is user and name.
type keypair struct {
	meta
	User   string `json:"user"`
	Type   string `json:"type"`
	Public string `json:"public_key"`
	Finger string `json:"fingerprint"`
	Number int    `json:"number"`
}

func (k *keypair) keys() []string { return []string{"user=" + k.User} }

func keypairID(user, name string) string { return user + "/" + name }

// keypairAPI serves /os-keypairs.
type keypairAPI struct{ *Compute }

func (c keypairAPI) keypairRoutes() []route {
	return []route{
		newRoute("GET /os-keypairs", http.StatusOK, c.listKeypairs),
		newRoute("POST /os-keypairs", http.StatusOK, c.createKeypair),
		newRoute("GET /os-keypairs/{name}", http.StatusOK, c.showKeypair),
		newRoute("DELETE /os-keypairs/{name}", http.StatusAccepted, c.deleteKeypair),
	}
}

func keypairView(q *request, k *keypair) obj {
	v := obj{"name": k.Name, "public_key": k.Public, "fingerprint": k.Finger}
	if q.minor >= 2 {
		v["type"] = k.Type
	}
	return v
}

// keyOwner is the user whose keys the request is about.
func keyOwner(q *request) string {
	if u := q.URL.Query().Get("user_id"); u != "" && q.tok.Admin {
		return u
	}
	return q.tok.User
}

func (c keypairAPI) listKeypairs(q *request) (any, error) {
	items := []obj{}
	for _, k := range listed(q, c.keypairs.find("user="+keyOwner(q))) {
		items = append(items, obj{"keypair": keypairView(q, k)})
	}
	return obj{"keypairs": items}, nil
}

func (c keypairAPI) ownKeypair(q *request) (*keypair, error) {
	k, ok := c.keypairs.get(keypairID(keyOwner(q), q.PathValue("name")))
	if !ok {
		return nil, fail(http.StatusNotFound, "Keypair %s not found for user %s", q.PathValue("name"), keyOwner(q))
	}
	return k, nil
}

func (c keypairAPI) showKeypair(q *request) (any, error) {
	k, err := c.ownKeypair(q)
	if err != nil {
		return nil, err
	}
	v := keypairView(q, k)
	v["user_id"], v["created_at"], v["deleted"], v["deleted_at"], v["id"], v["updated_at"] = k.User, microTime(k.Created), false, nil, k.Number, nil
	return obj{"keypair": v}, nil
}

// keypairRequest is the body of POST /os-keypairs.
type keypairRequest struct {
	Keypair struct {
		Name   string `json:"name"`
		Public string `json:"public_key"`
		User   string `json:"user_id"`
	} `json:"keypair"`
}

func (c keypairAPI) createKeypair(q *request) (any, error) {
	var body keypairRequest
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	in := body.Keypair
	owner := q.tok.User
	if in.User != "" && q.tok.Admin {
		owner = in.User
	}
	if err := c.checkKeypair(q, &body, owner); err != nil {
		return nil, err
	}
	k := &keypair{meta: meta{ID: keypairID(owner, in.Name), Name: in.Name, Created: q.now}, User: owner, Type: "ssh", Public: in.Public, Number: c.number()}
	private := ""
	if in.Public == "" {
		k.Public, private = newKey()
	}
	var err error
	if k.Finger, err = fingerprint(k.Public); err != nil {
		return nil, err
	}
	q.made("", &k.meta, "", 0)
	c.keypairs.put(k)
	v := keypairView(q, k)
	v["user_id"] = owner
	if private != "" {
		v["private_key"] = private
	}
	if q.minor >= 2 {
		q.status = http.StatusCreated
	}
	return obj{"keypair": v}, nil
}

func (c keypairAPI) checkKeypair(q *request, body *keypairRequest, owner string) error {
	in := body.Keypair
	if in.Name == "" {
		return badField("keypair", "{}", "'name' is a required property")
	}
	if in.Public == "" && q.minor >= 92 {
		return badField("keypair", "{'name': '"+in.Name+"'}", "'public_key' is a required property")
	}
	if _, ok := c.keypairs.get(keypairID(owner, in.Name)); ok {
		return fail(http.StatusConflict, "Key pair '%s' already exists.", in.Name)
	}
	if c.exceeds(q.tok.Project, "key_pairs", c.keypairs.count("user="+owner), 1) {
		return fail(http.StatusForbidden, "Quota exceeded, too many key pairs.")
	}
	return nil
}

// fingerprint is the MD5 of the key in an authorized_keys line.
func fingerprint(public string) (string, error) {
	words := strings.Fields(public)
	if len(words) >= 2 {
		if raw, err := base64.StdEncoding.DecodeString(words[1]); err == nil && len(raw) > 4 && strings.HasPrefix(string(raw[4:]), words[0]) {
			sum := md5.Sum(raw)
			return strings.ReplaceAll(fmt.Sprintf("% x", sum[:]), " ", ":"), nil
		}
	}
	return "", fail(http.StatusBadRequest, "Keypair data is invalid: failed to generate fingerprint")
}

// newKey makes a key pair: an authorized_keys line and a PEM block.
func newKey() (public, private string) {
	pub, priv, _ := ed25519.GenerateKey(rand.Reader)
	der, _ := x509.MarshalPKCS8PrivateKey(priv)
	var raw []byte
	for _, part := range [][]byte{[]byte("ssh-ed25519"), pub} {
		raw = binary.BigEndian.AppendUint32(raw, uint32(len(part)))
		raw = append(raw, part...)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return "ssh-ed25519 " + base64.StdEncoding.EncodeToString(raw) + " Generated-by-Nova", string(block)
}

func (c keypairAPI) deleteKeypair(q *request) (any, error) {
	k, err := c.ownKeypair(q)
	if err != nil {
		return nil, err
	}
	c.keypairs.remove(k.ID)
	if q.minor >= 2 {
		q.status = http.StatusNoContent
	}
	return nil, nil
}
