package keystone

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"novaflow/internal/devcloud/api"
)

func (c *Keystone) signToken(body []byte) []byte {
	h := hmac.New(sha256.New, c.State.TokenKey)
	h.Write(body)
	return h.Sum(nil)
}

func (c *Keystone) encodeToken(t *api.Token) string {
	_, body := api.EncodeJSON(t)
	enc := base64.RawURLEncoding
	return "gAAAAA" + enc.EncodeToString(body) + "." + enc.EncodeToString(c.signToken(body))
}

// Authenticate reads a token and fails with 401 if it is not, or no longer, valid.
func (c *Keystone) Authenticate(text string, now time.Time) (*api.Token, error) {
	enc := base64.RawURLEncoding
	head, tail, _ := strings.Cut(strings.TrimPrefix(text, "gAAAAA"), ".")
	body, err1 := enc.DecodeString(head)
	mac, err2 := enc.DecodeString(tail)
	t := &api.Token{}
	if err1 != nil || err2 != nil || !hmac.Equal(mac, c.signToken(body)) || json.Unmarshal(body, t) != nil {
		return nil, api.Unauthorized()
	}
	u, ok := c.Users.Get(t.User)
	if !ok || !now.Before(t.Expires) || t.Issued.Before(c.State.TokensFrom) || c.State.Revoked[t.Audit] {
		return nil, api.Unauthorized()
	}
	if _, ok := c.credentials.Get(t.Credential); t.Credential != "" && !ok {
		return nil, api.Unauthorized()
	}
	t.Admin = slices.Contains(u.Roles[t.Project], "admin")
	return t, nil
}

// ExpireTokens invalidates all tokens issued so far.
func (c *Keystone) ExpireTokens() {
	c.Lock()
	defer c.Unlock()
	c.State.TokensFrom = c.Clock()
	c.SaveState()
}

// authRequest is the body of POST /auth/tokens.
type authRequest struct {
	Auth struct {
		Identity struct {
			Methods  []string `json:"methods"`
			Password struct {
				User struct {
					api.NameOrID
					Password string `json:"password"`
				} `json:"user"`
			} `json:"password"`
			Token struct {
				ID string `json:"id"`
			} `json:"token"`
			Credential struct {
				api.NameOrID
				Secret string       `json:"secret"`
				User   api.NameOrID `json:"user"`
			} `json:"application_credential"`
		} `json:"identity"`
		Scope json.RawMessage `json:"scope"`
	} `json:"auth"`
}

func (c *Keystone) issueToken(q *api.Request) (any, error) {
	var a authRequest
	if err := q.Decode(&a); err != nil {
		return nil, err
	}
	if len(a.Auth.Identity.Methods) == 0 {
		return nil, api.Fail(http.StatusBadRequest,
			"Invalid input for field 'identity/methods': [] should be non-empty")
	}
	t := &api.Token{Methods: a.Auth.Identity.Methods, Issued: q.Now,
		Expires: q.Now.Add(time.Duration(c.State.TokenLife)), Audit: api.RandomText()}
	if err := c.identify(&a, t); err != nil {
		return nil, err
	}
	u, _ := c.Users.Get(t.User)
	if t.Credential == "" {
		if err := c.readScope(a.Auth.Scope, u, t); err != nil {
			return nil, err
		}
	}
	q.AnswerHeader.Set("X-Subject-Token", c.encodeToken(t))
	return c.tokenView(q, t), nil
}

// identify finds out who asks, by the first method of the request.
func (c *Keystone) identify(a *authRequest, t *api.Token) error {
	id := &a.Auth.Identity
	switch method := t.Methods[0]; method {
	case "password":
		u := c.findUser(id.Password.User.NameOrID)
		if u == nil || u.Password != id.Password.User.Password {
			return api.Unauthorized()
		}
		t.User = u.ID
	case "token":
		old, err := c.Authenticate(id.Token.ID, t.Issued)
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
		return api.Fail(http.StatusUnauthorized, "Attempted to authenticate with an unsupported method.")
	}
	return nil
}

// findUser returns the user with an id or a name, or nil.
func (c *Keystone) findUser(who api.NameOrID) *User {
	if u, ok := c.Users.Get(who.ID); ok {
		return u
	}
	if found := c.Users.Find("name=" + who.Name); len(found) == 1 && who.ID == "" {
		return found[0]
	}
	return nil
}

// readScope gives the token the project that the request asks for. Without a scope the
// token has no project.
func (c *Keystone) readScope(raw json.RawMessage, u *User, t *api.Token) error {
	var s struct {
		Project *api.NameOrID `json:"project"`
	}
	if len(raw) == 0 || string(raw) == `"unscoped"` {
		return nil
	}
	if err := json.Unmarshal(raw, &s); err != nil || s.Project == nil {
		return api.Unauthorized()
	}
	p, ok := c.Projects.Get(s.Project.ID)
	if found := c.Projects.Find("name=" + s.Project.Name); !ok && s.Project.ID == "" && len(found) == 1 {
		p, ok = found[0], true
	}
	if !ok || len(u.Roles[p.ID]) == 0 {
		return api.Unauthorized()
	}
	t.Project = p.ID
	return nil
}

func (c *Keystone) tokenView(q *api.Request, t *api.Token) obj {
	u, _ := c.Users.Get(t.User)
	domain := obj{"id": "default", "name": "Default"}
	body := obj{"methods": t.Methods, "audit_ids": []string{t.Audit}, "expires_at": api.MicroTime(t.Expires) + "Z",
		"issued_at": api.MicroTime(t.Issued) + "Z",
		"user":      obj{"domain": domain, "id": u.ID, "name": u.Name, "password_expires_at": nil}}
	if a, ok := c.credentials.Get(t.Credential); ok {
		body["application_credential"] = obj{"id": a.ID, "name": a.Name, "restricted": a.Unrestricted == nil ||
			!*a.Unrestricted}
	}
	if p, ok := c.Projects.Get(t.Project); ok {
		roles := []obj{}
		for _, r := range u.roles(p.ID) {
			roles = append(roles, obj{"id": roleID(r), "name": r})
		}
		body["project"] = obj{"domain": domain, "id": p.ID, "name": p.Name}
		body["is_domain"], body["roles"] = false, roles
		if !q.URL.Query().Has("nocatalog") {
			body["catalog"] = serviceCatalog(q, p.ID)
		}
	}
	return obj{"token": body}
}

// subjectToken reads the token that a request is about.
func (c *Keystone) subjectToken(q *api.Request) (*api.Token, error) {
	t, err := c.Authenticate(q.Header.Get("X-Subject-Token"), q.Now)
	if err != nil {
		return nil, api.Fail(http.StatusNotFound, "Could not find token: %s.", q.Header.Get("X-Subject-Token"))
	}
	return t, nil
}

func (c *Keystone) showToken(q *api.Request) (any, error) {
	t, err := c.subjectToken(q)
	if err != nil {
		return nil, err
	}
	q.AnswerHeader.Set("X-Subject-Token", q.Header.Get("X-Subject-Token"))
	return c.tokenView(q, t), nil
}

func (c *Keystone) revokeToken(q *api.Request) (any, error) {
	t, err := c.subjectToken(q)
	if err != nil {
		return nil, err
	}
	revoked := maps.Clone(c.State.Revoked)
	if revoked == nil {
		revoked = map[string]bool{}
	}
	revoked[t.Audit] = true
	c.State.Revoked = revoked
	c.SaveState()
	return nil, nil
}
