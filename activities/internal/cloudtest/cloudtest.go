// Package cloudtest exists so that tests of several packages share a clouds.yaml of their
// own and a cloud that answers logins. It imports nothing of novaflow.
package cloudtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// NoClouds keeps the developer's own clouds.yaml out of the tests.
func NoClouds(t *testing.T) string {
	dir := t.TempDir()
	t.Setenv("OS_CLIENT_CONFIG_FILE", filepath.Join(dir, "clouds.yaml"))
	return dir
}

// WriteFile writes a file and returns its path.
func WriteFile(t *testing.T, path, text string) string {
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// Keystone issues a token to a user with the right password or secret, and
// serves one empty list of servers, once for each token.
type Keystone struct {
	*httptest.Server
	Logins  atomic.Int32
	Expired atomic.Bool // the next call with the token at hand is a 401
	Agent   atomic.Value
	Regions []string         // "here" unless set
	Version string           // at the end of neutron's address in the catalog
	More    http.HandlerFunc // serves what the fake does not know
}

// NewKeystone starts a Keystone that is closed when the test ends.
func NewKeystone(t *testing.T) *Keystone {
	k := &Keystone{More: http.NotFound, Regions: []string{"here"}}
	k.Server = httptest.NewServer(http.HandlerFunc(k.serve))
	t.Cleanup(k.Close)
	return k
}

func (k *Keystone) serve(w http.ResponseWriter, r *http.Request) {
	k.Agent.Store(r.UserAgent())
	switch {
	case r.URL.Path == "/v3/auth/tokens":
		k.login(w, r)
	case strings.HasPrefix(r.URL.Path, "/compute/") && k.Expired.CompareAndSwap(true, false):
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/compute/servers/detail":
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"servers": []}`)
	default:
		w.Header().Set("Content-Type", "application/json")
		k.More(w, r)
	}
}

func (k *Keystone) login(w http.ResponseWriter, r *http.Request) {
	k.Logins.Add(1)
	if body, _ := io.ReadAll(r.Body); !strings.Contains(string(body), "right") {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w,
			`{"error": {"code": 401, "message": "The request you have made requires authentication.", `+
				`"title": "Unauthorized"}}`)
		return
	}
	var catalog []any
	for _, kind := range []string{"compute", "network", "block-storage", "image"} {
		url := k.URL + "/" + kind
		if kind == "network" {
			url += k.Version
		}
		var endpoints []any
		for _, region := range k.Regions {
			endpoints = append(endpoints, map[string]string{"interface": "public", "region": region, "url": url})
		}
		catalog = append(catalog, map[string]any{"type": kind, "name": kind, "endpoints": endpoints})
	}
	w.Header().Set("X-Subject-Token", "token")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]any{"token": map[string]any{
		"expires_at": "2100-01-01T00:00:00.000000Z", "project": map[string]any{"id": "p1", "name": "demo"},
		"catalog": catalog,
	}})
}

// Entry returns the clouds.yaml entry of a user with the password.
func (k *Keystone) Entry(name, password string) string {
	return fmt.Sprintf("  %s:\n    region_name: here\n    auth:\n      auth_url: %s/v3\n      username: me\n      "+
		"password: %s\n      project_name: demo\n      user_domain_name: Default\n      project_domain_name: Default\n",
		name, k.URL, password)
}
