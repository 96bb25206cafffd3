package devcloud

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// token is what a token says. Tokens are signed, not stored, so they outlive
// a restart like keystone's Fernet tokens do.
type token struct {
	User       string    `json:"u"`
	Project    string    `json:"p,omitempty"`
	Methods    []string  `json:"m"`
	Issued     time.Time `json:"i"`
	Expires    time.Time `json:"e"`
	Audit      string    `json:"a"`
	Credential string    `json:"c,omitempty"`
	Admin      bool      `json:"-"`
}

func randomText() string {
	b := make([]byte, 16)
	rand.Read(b) //nolint:errcheck // it never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func (c *Keystone) sign(body []byte) []byte {
	h := hmac.New(sha256.New, c.state.TokenKey)
	h.Write(body)
	return h.Sum(nil)
}

func (c *Keystone) encodeToken(t *token) string {
	_, body := asJSON(t)
	enc := base64.RawURLEncoding
	return "gAAAAA" + enc.EncodeToString(body) + "." + enc.EncodeToString(c.sign(body))
}

// authenticate reads a token and says 401 when it is not, or no longer, valid.
func (c *Keystone) authenticate(text string, now time.Time) (*token, error) {
	enc := base64.RawURLEncoding
	head, tail, _ := strings.Cut(strings.TrimPrefix(text, "gAAAAA"), ".")
	body, err1 := enc.DecodeString(head)
	mac, err2 := enc.DecodeString(tail)
	t := &token{}
	if err1 != nil || err2 != nil || !hmac.Equal(mac, c.sign(body)) || json.Unmarshal(body, t) != nil {
		return nil, unauthorized()
	}
	u, ok := c.users.get(t.User)
	if !ok || !now.Before(t.Expires) || t.Issued.Before(c.state.TokensFrom) || c.state.Revoked[t.Audit] {
		return nil, unauthorized()
	}
	if _, ok := c.credentials.get(t.Credential); t.Credential != "" && !ok {
		return nil, unauthorized()
	}
	t.Admin = slices.Contains(u.Roles[t.Project], "admin")
	return t, nil
}

func (c *Keystone) expireTokens() {
	c.Lock()
	defer c.Unlock()
	c.state.TokensFrom = c.clock()
	c.saveState()
}

type nameOrID struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// authRequest is the body of POST /auth/tokens.
type authRequest struct {
	Auth struct {
		Identity struct {
			Methods  []string `json:"methods"`
			Password struct {
				User struct {
					nameOrID
					Password string `json:"password"`
				} `json:"user"`
			} `json:"password"`
			Token struct {
				ID string `json:"id"`
			} `json:"token"`
			Credential struct {
				nameOrID
				Secret string   `json:"secret"`
				User   nameOrID `json:"user"`
			} `json:"application_credential"`
		} `json:"identity"`
		Scope json.RawMessage `json:"scope"`
	} `json:"auth"`
}

func (c *Keystone) issueToken(q *request) (any, error) {
	var a authRequest
	if err := q.decode(&a); err != nil {
		return nil, err
	}
	if len(a.Auth.Identity.Methods) == 0 {
		return nil, fail(http.StatusBadRequest, "Invalid input for field 'identity/methods': [] should be non-empty")
	}
	t := &token{Methods: a.Auth.Identity.Methods, Issued: q.now, Expires: q.now.Add(time.Duration(c.state.TokenLife)), Audit: randomText()}
	if err := c.identify(&a, t); err != nil {
		return nil, err
	}
	u, _ := c.users.get(t.User)
	if t.Credential == "" {
		if err := c.scope(a.Auth.Scope, u, t); err != nil {
			return nil, err
		}
	}
	q.header.Set("X-Subject-Token", c.encodeToken(t))
	return c.tokenView(q, t), nil
}

// identify finds out who asks, by the first method that is known.
func (c *Keystone) identify(a *authRequest, t *token) error {
	id := &a.Auth.Identity
	switch method := t.Methods[0]; method {
	case "password":
		u := c.userOf(id.Password.User.nameOrID)
		if u == nil || u.Password != id.Password.User.Password {
			return unauthorized()
		}
		t.User = u.ID
	case "token":
		old, err := c.authenticate(id.Token.ID, t.Issued)
		if err != nil {
			return err
		}
		t.User, t.Expires, t.Credential = old.User, old.Expires, old.Credential
		t.Methods = append([]string{"token"}, old.Methods...)
		if old.Credential != "" {
			t.Project = old.Project
		}
	case "application_credential":
		return c.identifyCredential(a, t)
	default:
		return fail(http.StatusUnauthorized, "Attempted to authenticate with an unsupported method.")
	}
	return nil
}

func (c *Keystone) userOf(who nameOrID) *user {
	if u, ok := c.users.get(who.ID); ok {
		return u
	}
	if found := c.users.find("name=" + who.Name); len(found) == 1 && who.ID == "" {
		return found[0]
	}
	return nil
}

// scope reads the wanted scope; without one the token has no project.
func (c *Keystone) scope(raw json.RawMessage, u *user, t *token) error {
	var s struct {
		Project *nameOrID `json:"project"`
	}
	if len(raw) == 0 || string(raw) == `"unscoped"` {
		return nil
	}
	if err := json.Unmarshal(raw, &s); err != nil || s.Project == nil {
		return unauthorized()
	}
	p, ok := c.projects.get(s.Project.ID)
	if found := c.projects.find("name=" + s.Project.Name); !ok && s.Project.ID == "" && len(found) == 1 {
		p, ok = found[0], true
	}
	if !ok || len(u.Roles[p.ID]) == 0 {
		return unauthorized()
	}
	t.Project = p.ID
	return nil
}

func (c *Keystone) tokenView(q *request, t *token) obj {
	u, _ := c.users.get(t.User)
	domain := obj{"id": "default", "name": "Default"}
	body := obj{"methods": t.Methods, "audit_ids": []string{t.Audit},
		"expires_at": microTime(t.Expires) + "Z", "issued_at": microTime(t.Issued) + "Z",
		"user": obj{"domain": domain, "id": u.ID, "name": u.Name, "password_expires_at": nil}}
	if a, ok := c.credentials.get(t.Credential); ok {
		body["application_credential"] = obj{"id": a.ID, "name": a.Name, "restricted": a.Unrestricted == nil || !*a.Unrestricted}
	}
	if p, ok := c.projects.get(t.Project); ok {
		roles := []obj{}
		for _, r := range u.roles(p.ID) {
			roles = append(roles, obj{"id": roleID(r), "name": r})
		}
		body["project"] = obj{"domain": domain, "id": p.ID, "name": p.Name}
		body["is_domain"], body["roles"] = false, roles
		if !q.URL.Query().Has("nocatalog") {
			body["catalog"] = catalog(q, p.ID)
		}
	}
	return obj{"token": body}
}

// microTime is a time as keystone, cinder and parts of nova write it.
func microTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000") }

func (c *Keystone) subject(q *request) (*token, error) {
	t, err := c.authenticate(q.Header.Get("X-Subject-Token"), q.now)
	if err != nil {
		return nil, fail(http.StatusNotFound, "Could not find token: %s.", q.Header.Get("X-Subject-Token"))
	}
	return t, nil
}

func (c *Keystone) showToken(q *request) (any, error) {
	t, err := c.subject(q)
	if err != nil {
		return nil, err
	}
	q.header.Set("X-Subject-Token", q.Header.Get("X-Subject-Token"))
	return c.tokenView(q, t), nil
}

func (c *Keystone) revokeToken(q *request) (any, error) {
	t, err := c.subject(q)
	if err != nil {
		return nil, err
	}
	revoked := maps.Clone(c.state.Revoked)
	if revoked == nil {
		revoked = map[string]bool{}
	}
	revoked[t.Audit] = true
	c.state.Revoked = revoked
	c.saveState()
	return nil, nil
}
