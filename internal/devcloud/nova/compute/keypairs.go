package compute

import (
	"crypto/ed25519"
	"crypto/md5"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// Keypair is a key pair of a user. The id of the row consists of the user and the name.
type Keypair struct {
	store.Meta
	User   string `json:"user"`
	Type   string `json:"type"`
	Public string `json:"public_key"`
	Finger string `json:"fingerprint"`
	Number int    `json:"number"`
}

// Keys implements store.Object.
func (k *Keypair) Keys() []string { return []string{"user=" + k.User} }

// KeypairID returns the id of a row: names are unique for each user.
func KeypairID(user, name string) string { return user + "/" + name }

// keypairAPI serves /os-keypairs.
type keypairAPI struct{ *Compute }

func (c keypairAPI) keypairRoutes() []api.Route {
	return []api.Route{
		api.NewRoute("GET /os-keypairs", http.StatusOK, c.listKeypairs),
		api.NewRoute("POST /os-keypairs", http.StatusOK, c.createKeypair),
		api.NewRoute("GET /os-keypairs/{name}", http.StatusOK, c.showKeypair),
		api.NewRoute("DELETE /os-keypairs/{name}", http.StatusAccepted, c.deleteKeypair),
	}
}

func keypairView(q *api.Request, k *Keypair) obj {
	v := obj{"name": k.Name, "public_key": k.Public, "fingerprint": k.Finger}
	if q.Minor >= 2 {
		v["type"] = k.Type
	}
	return v
}

// keyOwner returns the user whose keys the request is about.
func keyOwner(q *api.Request) string {
	if u := q.URL.Query().Get("user_id"); u != "" && q.Token.Admin {
		return u
	}
	return q.Token.User
}

func (c keypairAPI) listKeypairs(q *api.Request) (any, error) {
	items := []obj{}
	for _, k := range api.Listed(q, c.Keypairs.Find("user="+keyOwner(q))) {
		items = append(items, obj{"keypair": keypairView(q, k)})
	}
	return obj{"keypairs": items}, nil
}

func (c keypairAPI) ownKeypair(q *api.Request) (*Keypair, error) {
	k, ok := c.Keypairs.Get(KeypairID(keyOwner(q), q.PathValue("name")))
	if !ok {
		return nil, api.Fail(http.StatusNotFound, "Keypair %s not found for user %s", q.PathValue("name"), keyOwner(q))
	}
	return k, nil
}

func (c keypairAPI) showKeypair(q *api.Request) (any, error) {
	k, err := c.ownKeypair(q)
	if err != nil {
		return nil, err
	}
	v := keypairView(q, k)
	maps.Copy(v, obj{
		"user_id": k.User, "created_at": api.MicroTime(k.Created), "deleted": false, "deleted_at": nil,
		"id": k.Number, "updated_at": nil,
	})
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

func (c keypairAPI) createKeypair(q *api.Request) (any, error) {
	var body keypairRequest
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	in := body.Keypair
	owner := q.Token.User
	if in.User != "" && q.Token.Admin {
		owner = in.User
	}
	if err := c.checkKeypair(q, &body, owner); err != nil {
		return nil, err
	}
	k := &Keypair{Meta: store.Meta{ID: KeypairID(owner, in.Name), Name: in.Name, Created: q.Now}, User: owner,
		Type: "ssh", Public: in.Public, Number: c.NextNumber()}
	private := ""
	if in.Public == "" {
		k.Public, private = NewKey()
	}
	var err error
	if k.Finger, err = Fingerprint(k.Public); err != nil {
		return nil, err
	}
	q.Become("", &k.Meta, "", 0)
	c.Keypairs.Put(k)
	v := keypairView(q, k)
	v["user_id"] = owner
	if private != "" {
		v["private_key"] = private
	}
	if q.Minor >= 2 {
		q.Status = http.StatusCreated
	}
	return obj{"keypair": v}, nil
}

func (c keypairAPI) checkKeypair(q *api.Request, body *keypairRequest, owner string) error {
	in := body.Keypair
	if in.Name == "" {
		return api.BadField("keypair", "{}", "'name' is a required property")
	}
	if in.Public == "" && q.Minor >= 92 {
		return api.BadField("keypair", "{'name': '"+in.Name+"'}", "'public_key' is a required property")
	}
	if _, ok := c.Keypairs.Get(KeypairID(owner, in.Name)); ok {
		return api.Fail(http.StatusConflict, "Key pair '%s' already exists.", in.Name)
	}
	if c.Exceeds(q.Token.Project, "key_pairs", c.Keypairs.Count("user="+owner), 1) {
		return api.Fail(http.StatusForbidden, "Quota exceeded, too many key pairs.")
	}
	return nil
}

// Fingerprint computes the MD5 of the key in an authorized_keys line.
func Fingerprint(public string) (string, error) {
	words := strings.Fields(public)
	if len(words) >= 2 {
		if raw, err := base64.StdEncoding.DecodeString(words[1]); err == nil && len(raw) > 4 &&
			strings.HasPrefix(string(raw[4:]), words[0]) {
			sum := md5.Sum(raw)
			return strings.ReplaceAll(fmt.Sprintf("% x", sum[:]), " ", ":"), nil
		}
	}
	return "", api.Fail(http.StatusBadRequest, "Keypair data is invalid: failed to generate fingerprint")
}

// NewKey generates a key pair: an authorized_keys line and a PEM block.
func NewKey() (public, private string) {
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

func (c keypairAPI) deleteKeypair(q *api.Request) (any, error) {
	k, err := c.ownKeypair(q)
	if err != nil {
		return nil, err
	}
	c.Keypairs.Remove(k.ID)
	if q.Minor >= 2 {
		q.Status = http.StatusNoContent
	}
	return nil, nil
}
