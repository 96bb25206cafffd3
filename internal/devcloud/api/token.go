package api

import (
	"time"
)

// Token is the content of a token. Tokens are signed, not stored, so they outlive a
// restart like keystone's Fernet tokens do.
type Token struct {
	User       string    `json:"u"`
	Project    string    `json:"p,omitempty"`
	Methods    []string  `json:"m"`
	Issued     time.Time `json:"i"`
	Expires    time.Time `json:"e"`
	Audit      string    `json:"a"`
	Credential string    `json:"c,omitempty"`
	Admin      bool      `json:"-"`
}

type NameOrID struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// TokenKeeper checks and expires the tokens of all services. It is implemented by
// keystone.
type TokenKeeper interface {
	// Authenticate reads a token and fails with 401 if it is not, or no longer, valid.
	Authenticate(text string, now time.Time) (*Token, error)
	// ExpireTokens invalidates all tokens issued so far.
	ExpireTokens()
}
