package devcloud

import (
	"net/http"
	"slices"
	"time"
)

// credential is an application credential.
type credential struct {
	meta
	User    string    `json:"user"`
	Secret  string    `json:"secret"`
	Roles   []string  `json:"roles"`
	Expires time.Time `json:"expires,omitzero"`
	// Unrestricted as given, null when it was not.
	Unrestricted *bool `json:"unrestricted,omitempty"`
}

func (a *credential) keys() []string { return []string{"user=" + a.User, "name=" + a.Name} }

func (c *Keystone) identifyCredential(a *authRequest, t *token) error {
	want := a.Auth.Identity.Credential
	cred, ok := c.credentials.get(want.ID)
	if u := c.userOf(want.User); !ok && want.ID == "" && u != nil {
		if found := c.credentials.find("user="+u.ID, "name="+want.Name); len(found) == 1 {
			cred, ok = found[0], true
		}
	}
	if !ok {
		return fail(http.StatusNotFound, "Could not find Application Credential: %s.", want.ID)
	}
	if cred.Secret != want.Secret || !cred.Expires.IsZero() && t.Issued.After(cred.Expires) {
		return unauthorized()
	}
	t.User, t.Project, t.Credential = cred.User, cred.Project, cred.ID
	return nil
}

func credentialView(q *request, a *credential) obj {
	roles := []obj{}
	for _, r := range a.Roles {
		roles = append(roles, obj{"id": roleID(r), "name": r, "domain_id": nil, "description": nil, "options": obj{"immutable": true}})
	}
	view := obj{"id": a.ID, "name": a.Name, "description": orNull(a.Description), "user_id": a.User, "project_id": a.Project,
		"system": nil, "expires_at": nil, "unrestricted": a.Unrestricted, "roles": roles,
		"links": obj{"self": q.host() + "/identity/v3/application_credentials/" + a.ID}}
	if !a.Expires.IsZero() {
		view["expires_at"] = microTime(a.Expires)
	}
	return view
}

// orNull is the text, or null for none.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func requireOwnUser(q *request, rule string) error {
	if q.PathValue("id") == q.tok.User {
		return nil
	}
	return requireAdmin(q, rule)
}

func (c *Keystone) listCredentials(q *request) (any, error) {
	if err := requireOwnUser(q, "list_application_credentials"); err != nil {
		return nil, err
	}
	items := []obj{}
	for _, a := range listed(q, c.credentials.find(append(q.nameKey(), "user="+q.PathValue("id"))...)) {
		items = append(items, credentialView(q, a))
	}
	return keystoneList(q, "application_credentials", items), nil
}

func (c *Keystone) createCredential(q *request) (any, error) {
	var body struct {
		Credential struct {
			Name         string     `json:"name"`
			Description  string     `json:"description"`
			Secret       string     `json:"secret"`
			Expires      string     `json:"expires_at"`
			Unrestricted *bool      `json:"unrestricted"`
			Roles        []nameOrID `json:"roles"`
		} `json:"application_credential"`
	}
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	want := body.Credential
	if q.PathValue("id") != q.tok.User || q.tok.Project == "" || q.tok.Credential != "" {
		return nil, fail(http.StatusForbidden, "You are not authorized to perform the requested action: identity:create_application_credential.")
	}
	if want.Name == "" {
		return nil, fail(http.StatusBadRequest, "'name' is a required property")
	}
	if c.credentials.count("user="+q.tok.User) > 0 && len(c.credentials.find("user="+q.tok.User, "name="+want.Name)) > 0 {
		return nil, fail(http.StatusConflict, "Conflict occurred attempting to store application_credential - Duplicate entry found with name %s.", want.Name)
	}
	u, _ := c.users.get(q.tok.User)
	a := &credential{meta: meta{ID: hexID(), Name: want.Name, Description: want.Description, Project: q.tok.Project, Created: q.now},
		User: u.ID, Secret: want.Secret, Unrestricted: want.Unrestricted, Roles: pickRoles(u.roles(q.tok.Project), want.Roles)}
	if a.Secret == "" {
		a.Secret = randomText() + randomText()
	}
	if want.Expires != "" {
		t, err := time.Parse("2006-01-02T15:04:05.999999", want.Expires)
		if err != nil {
			return nil, fail(http.StatusBadRequest, "Invalid input for field 'expires_at': %s", want.Expires)
		}
		a.Expires = t
	}
	q.made("", &a.meta, "", 0)
	c.credentials.put(a)
	view := credentialView(q, a)
	view["secret"] = a.Secret
	return obj{"application_credential": view}, nil
}

// pickRoles are those wanted of the roles one has, all when none is named.
func pickRoles(have []string, want []nameOrID) []string {
	if len(want) == 0 {
		return have
	}
	return slices.DeleteFunc(have, func(r string) bool {
		return !slices.ContainsFunc(want, func(w nameOrID) bool { return w.Name == r || w.ID == roleID(r) })
	})
}

func (c *Keystone) ownCredential(q *request) (*credential, error) {
	a, ok := c.credentials.get(q.PathValue("cred"))
	if !ok || a.User != q.PathValue("id") || a.User != q.tok.User && !q.tok.Admin {
		return nil, fail(http.StatusNotFound, "Could not find Application Credential: %s.", q.PathValue("cred"))
	}
	return a, nil
}

func (c *Keystone) showCredential(q *request) (any, error) {
	a, err := c.ownCredential(q)
	if err != nil {
		return nil, err
	}
	return obj{"application_credential": credentialView(q, a)}, nil
}

func (c *Keystone) deleteCredential(q *request) (any, error) {
	a, err := c.ownCredential(q)
	if err != nil {
		return nil, err
	}
	c.credentials.remove(a.ID)
	return nil, nil
}
