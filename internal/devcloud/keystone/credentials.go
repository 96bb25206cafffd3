package keystone

import (
	"net/http"
	"slices"
	"time"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// credential is an application credential.
type credential struct {
	store.Meta
	User    string    `json:"user"`
	Secret  string    `json:"secret"`
	Roles   []string  `json:"roles"`
	Expires time.Time `json:"expires,omitzero"`
	// Unrestricted is what the request said, null if it said nothing.
	Unrestricted *bool `json:"unrestricted,omitempty"`
}

// Keys implements store.Object.
func (a *credential) Keys() []string { return []string{"user=" + a.User, "name=" + a.Name} }

// identifyCredential checks the secret of an application credential, and gives the token
// its user and project.
func (c *Keystone) identifyCredential(a *authRequest, t *api.Token) error {
	want := a.Auth.Identity.Credential
	cred, ok := c.credentials.Get(want.ID)
	if u := c.findUser(want.User); !ok && want.ID == "" && u != nil {
		if found := c.credentials.Find("user="+u.ID, "name="+want.Name); len(found) == 1 {
			cred, ok = found[0], true
		}
	}
	if !ok {
		return api.Fail(http.StatusNotFound, "Could not find Application Credential: %s.", want.ID)
	}
	if cred.Secret != want.Secret || !cred.Expires.IsZero() && t.Issued.After(cred.Expires) {
		return api.Unauthorized()
	}
	t.User, t.Project, t.Credential = cred.User, cred.Project, cred.ID
	return nil
}

func credentialView(q *api.Request, a *credential) obj {
	roles := []obj{}
	for _, r := range a.Roles {
		roles = append(roles, obj{"id": roleID(r), "name": r, "domain_id": nil, "description": nil,
			"options": obj{"immutable": true}})
	}
	view := obj{"id": a.ID, "name": a.Name, "description": api.OrNull(a.Description), "user_id": a.User,
		"project_id": a.Project, "system": nil, "expires_at": nil, "unrestricted": a.Unrestricted, "roles": roles,
		"links": obj{"self": q.BaseURL() + "/identity/v3/application_credentials/" + a.ID}}
	if !a.Expires.IsZero() {
		view["expires_at"] = api.MicroTime(a.Expires)
	}
	return view
}

// requireOwnUser refuses requests about other users, except those of administrators.
func requireOwnUser(q *api.Request, rule string) error {
	if q.PathValue("id") == q.Token.User {
		return nil
	}
	return requireAdmin(q, rule)
}

func (c *Keystone) listCredentials(q *api.Request) (any, error) {
	if err := requireOwnUser(q, "list_application_credentials"); err != nil {
		return nil, err
	}
	items := []obj{}
	for _, a := range api.Listed(q, c.credentials.Find(append(q.NameKey(), "user="+q.PathValue("id"))...)) {
		items = append(items, credentialView(q, a))
	}
	return listBody(q, "application_credentials", items), nil
}

func (c *Keystone) createCredential(q *api.Request) (any, error) {
	var body struct {
		Credential struct {
			Name         string         `json:"name"`
			Description  string         `json:"description"`
			Secret       string         `json:"secret"`
			Expires      string         `json:"expires_at"`
			Unrestricted *bool          `json:"unrestricted"`
			Roles        []api.NameOrID `json:"roles"`
		} `json:"application_credential"`
	}
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	want := body.Credential
	if q.PathValue("id") != q.Token.User || q.Token.Project == "" || q.Token.Credential != "" {
		return nil, api.Fail(http.StatusForbidden,
			"You are not authorized to perform the requested action: identity:create_application_credential.")
	}
	if want.Name == "" {
		return nil, api.Fail(http.StatusBadRequest, "'name' is a required property")
	}
	if c.credentials.Count("user="+q.Token.User) > 0 &&
		len(c.credentials.Find("user="+q.Token.User, "name="+want.Name)) > 0 {
		return nil, api.Fail(http.StatusConflict,
			"Conflict occurred attempting to store application_credential - Duplicate entry found with name %s.",
			want.Name)
	}
	u, _ := c.Users.Get(q.Token.User)
	a := &credential{Meta: store.Meta{ID: api.HexID(), Name: want.Name, Description: want.Description,
		Project: q.Token.Project, Created: q.Now},
		User: u.ID, Secret: want.Secret, Unrestricted: want.Unrestricted,
		Roles: pickRoles(u.roles(q.Token.Project), want.Roles)}
	if a.Secret == "" {
		a.Secret = api.RandomText() + api.RandomText()
	}
	if want.Expires != "" {
		t, err := time.Parse("2006-01-02T15:04:05.999999", want.Expires)
		if err != nil {
			return nil, api.Fail(http.StatusBadRequest, "Invalid input for field 'expires_at': %s", want.Expires)
		}
		a.Expires = t
	}
	q.Become("", &a.Meta, "", 0)
	c.credentials.Put(a)
	view := credentialView(q, a)
	view["secret"] = a.Secret
	return obj{"application_credential": view}, nil
}

// pickRoles returns the wanted roles of those that the user has. If none is named, it
// returns all.
func pickRoles(have []string, want []api.NameOrID) []string {
	if len(want) == 0 {
		return have
	}
	return slices.DeleteFunc(have, func(r string) bool {
		return !slices.ContainsFunc(want, func(w api.NameOrID) bool { return w.Name == r || w.ID == roleID(r) })
	})
}

// ownCredential gets the credential of the path if it is the caller's.
func (c *Keystone) ownCredential(q *api.Request) (*credential, error) {
	a, ok := c.credentials.Get(q.PathValue("cred"))
	if !ok || a.User != q.PathValue("id") || a.User != q.Token.User && !q.Token.Admin {
		return nil, api.Fail(http.StatusNotFound, "Could not find Application Credential: %s.", q.PathValue("cred"))
	}
	return a, nil
}

func (c *Keystone) showCredential(q *api.Request) (any, error) {
	a, err := c.ownCredential(q)
	if err != nil {
		return nil, err
	}
	return obj{"application_credential": credentialView(q, a)}, nil
}

func (c *Keystone) deleteCredential(q *api.Request) (any, error) {
	a, err := c.ownCredential(q)
	if err != nil {
		return nil, err
	}
	c.credentials.Remove(a.ID)
	return nil, nil
}
