package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

// noClouds keeps the clouds.yaml of whoever runs the tests out of them.
func noClouds(t *testing.T) string {
	dir := t.TempDir()
	t.Setenv("OS_CLIENT_CONFIG_FILE", filepath.Join(dir, "clouds.yaml"))
	return dir
}

func write(t *testing.T, path, text string) string {
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// fakeKeystone issues a token to whoever has the right password or secret, and
// serves one empty list of servers, once for each token.
type fakeKeystone struct {
	*httptest.Server
	logins  atomic.Int32
	expired atomic.Bool // the next call with the token at hand is a 401
	agent   atomic.Value
	regions []string         // "here" unless set
	version string           // at the end of neutron's address in the catalog
	more    http.HandlerFunc // serves what the fake does not know
}

func newFakeKeystone(t *testing.T) *fakeKeystone {
	k := &fakeKeystone{more: http.NotFound, regions: []string{"here"}}
	k.Server = httptest.NewServer(http.HandlerFunc(k.serve))
	t.Cleanup(k.Close)
	return k
}

func (k *fakeKeystone) serve(w http.ResponseWriter, r *http.Request) {
	k.agent.Store(r.UserAgent())
	switch {
	case r.URL.Path == "/v3/auth/tokens":
		k.login(w, r)
	case strings.HasPrefix(r.URL.Path, "/compute/") && k.expired.CompareAndSwap(true, false):
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/compute/servers/detail":
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"servers": []}`)
	default:
		w.Header().Set("Content-Type", "application/json")
		k.more(w, r)
	}
}

func (k *fakeKeystone) login(w http.ResponseWriter, r *http.Request) {
	k.logins.Add(1)
	if body, _ := io.ReadAll(r.Body); !strings.Contains(string(body), "right") {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error": {"code": 401, "message": "The request you have made requires authentication.", "title": "Unauthorized"}}`)
		return
	}
	var catalog []any
	for _, kind := range []string{"compute", "network", "block-storage", "image"} {
		url := k.URL + "/" + kind
		if kind == "network" {
			url += k.version
		}
		var endpoints []any
		for _, region := range k.regions {
			endpoints = append(endpoints, map[string]string{"interface": "public", "region": region, "url": url})
		}
		catalog = append(catalog, map[string]any{"type": kind, "name": kind, "endpoints": endpoints})
	}
	w.Header().Set("X-Subject-Token", "token")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]any{"token": map[string]any{
		"expires_at": "2100-01-01T00:00:00.000000Z", "project": map[string]any{"id": "p1", "name": "demo"}, "catalog": catalog,
	}})
}

// entry is the clouds.yaml entry of a user with the password.
func (k *fakeKeystone) entry(name, password string) string {
	return fmt.Sprintf("  %s:\n    region_name: here\n    auth:\n      auth_url: %s/v3\n      username: me\n      password: %s\n      project_name: demo\n      user_domain_name: Default\n      project_domain_name: Default\n", name, k.URL, password)
}

func TestOneLoginForAll(t *testing.T) {
	dir, k := noClouds(t), newFakeKeystone(t)
	write(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+k.entry("a", "right"))
	clouds := NewClouds()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			_, err := ListServers(context.Background(), clouds, "a")
			assert.NoError(t, err)
		})
	}
	all.Wait()
	require.EqualValues(t, 1, k.logins.Load())
	require.True(t, strings.HasPrefix(k.agent.Load().(string), "novaflow "))
}

func TestExpiredTokenIsRenewed(t *testing.T) {
	dir, k := noClouds(t), newFakeKeystone(t)
	write(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+k.entry("a", "right"))
	clouds := NewClouds()
	for range 2 {
		_, err := ListServers(context.Background(), clouds, "a")
		require.NoError(t, err)
		k.expired.Store(true)
	}
	require.EqualValues(t, 2, k.logins.Load())
}

// TestApplicationCredential: they have no project or domain in clouds.yaml.
func TestApplicationCredential(t *testing.T) {
	dir, k := noClouds(t), newFakeKeystone(t)
	write(t, filepath.Join(dir, "clouds.yaml"), fmt.Sprintf("clouds:\n  a:\n    auth_type: v3applicationcredential\n    auth:\n      auth_url: %s/v3\n      application_credential_id: id\n      application_credential_secret: right\n", k.URL))
	_, err := ListServers(context.Background(), NewClouds(), "a")
	require.NoError(t, err)
}

// TestSecureFileAndExtraFiles: secrets may be in secure.yaml, and a file given
// by name is looked at before the user's.
func TestSecureFileAndExtraFiles(t *testing.T) {
	dir, k := noClouds(t), newFakeKeystone(t)
	write(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+k.entry("mine", "wrong")+k.entry("both", "wrong"))
	write(t, filepath.Join(dir, "secure.yaml"), "clouds:\n  mine:\n    auth:\n      password: right\n")
	extra := write(t, filepath.Join(dir, "extra.yaml"), "clouds:\n"+k.entry("dev", "right")+k.entry("both", "right"))
	clouds := NewClouds(extra, filepath.Join(dir, "absent.yaml"))
	names, err := clouds.Names()
	require.NoError(t, err)
	require.Equal(t, []string{"both", "dev", "mine"}, names)
	for _, name := range names {
		_, err := ListServers(context.Background(), clouds, name)
		require.NoError(t, err, name)
	}
}

// TestProfile: a cloud may take settings from clouds-public.yaml, and overrides
// what is there.
// A mistake in the user's clouds.yaml must not break the development cloud, which
// has a file of its own.
func TestABrokenFileBreaksOnlyItsOwnClouds(t *testing.T) {
	dir, k := noClouds(t), newFakeKeystone(t)
	write(t, filepath.Join(dir, "clouds.yaml"), "clouds: [not a map\n")
	clouds := NewClouds(write(t, filepath.Join(dir, "extra.yaml"), "clouds:\n"+k.entry("a", "right")))
	_, err := ListServers(context.Background(), clouds, "a")
	require.NoError(t, err)
	_, err = ListServers(context.Background(), clouds, "b")
	require.ErrorContains(t, err, "clouds.yaml cannot be read")
}

func TestProfile(t *testing.T) {
	dir, k := noClouds(t), newFakeKeystone(t)
	t.Chdir(dir)
	write(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n  a:\n    profile: vendor\n    region_name: here\n    auth: {username: me, password: right, project_name: demo, user_domain_name: Default, project_domain_name: Default}\n")
	_, err := ListServers(context.Background(), NewClouds(), "a")
	require.ErrorContains(t, err, `the profile "vendor" is named, but there is no clouds-public.yaml`)
	write(t, filepath.Join(dir, "clouds-public.yaml"), "public-clouds:\n  vendor:\n    region_name: there\n    auth: {auth_url: "+k.URL+"/v3}\n")
	_, err = ListServers(context.Background(), NewClouds(), "a")
	require.NoError(t, err)
}

// TestSeveralRegions: services of different regions must not be mixed, so one
// must be named.
func TestSeveralRegions(t *testing.T) {
	dir, k := noClouds(t), newFakeKeystone(t)
	k.regions = []string{"there", "here"}
	entry := k.entry("a", "right")
	write(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+strings.ReplaceAll(entry, "    region_name: here\n", ""))
	_, err := ListServers(context.Background(), NewClouds(), "a")
	require.ErrorContains(t, err, `the cloud has several regions: set region_name to one of "here", "there"`)
	for _, setting := range []string{"region_name: here", "regions: [here, there]", "regions: [{name: here}, {name: there}]"} {
		write(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+strings.ReplaceAll(entry, "region_name: here", setting))
		_, err := ListServers(context.Background(), NewClouds(), "a")
		require.NoError(t, err, setting)
	}
}

// TestVersionInTheCatalog: some clouds have it in the addresses of neutron and
// glance, and then it must not be asked for twice.
func TestVersionInTheCatalog(t *testing.T) {
	dir, k := noClouds(t), newFakeKeystone(t)
	k.version = "/v2.0"
	k.more = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/network/v2.0/networks" {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, `{"networks": []}`)
	}
	write(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+k.entry("a", "right"))
	_, err := ListNetworkNames(context.Background(), NewClouds(), "a", false)
	require.NoError(t, err)
}

// TestDomainByIDAndName: an openrc turned into clouds.yaml often has both.
func TestDomainByIDAndName(t *testing.T) {
	dir, k := noClouds(t), newFakeKeystone(t)
	both := strings.NewReplacer("user_domain_name", "user_domain_id: default\n      user_domain_name", "project_domain_name", "project_domain_id: default\n      project_domain_name")
	write(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+both.Replace(k.entry("a", "right")))
	_, err := ListServers(context.Background(), NewClouds(), "a")
	require.NoError(t, err)
}

// TestCertificateBelowHome: ~ in a path is for us to resolve, no shell does.
func TestCertificateBelowHome(t *testing.T) {
	dir, k := noClouds(t), newFakeKeystone(t)
	t.Setenv("HOME", dir)
	write(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+k.entry("a", "right")+"    cacert: ~/ca.pem\n")
	write(t, filepath.Join(dir, "ca.pem"), "nothing")
	_, err := ListServers(context.Background(), NewClouds(), "a")
	require.ErrorContains(t, err, "cacert: "+filepath.Join(dir, "ca.pem")+" holds no certificate in PEM")
}

// TestBadConfiguration: each mistake has one clear message without secrets, and
// only what may pass by itself is worth another attempt.
func TestBadConfiguration(t *testing.T) {
	k := newFakeKeystone(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, silent.Close()) // nobody listens there now
	elsewhere := strings.ReplaceAll(k.entry("a", "hunter2"), k.URL, "http://"+silent.Addr().String())
	for _, c := range []struct {
		name, text, cloud string
		want              string
		class             Class
	}{
		{"no file", "", "a", `there is no clouds.yaml in `, Terminal},
		{"malformed", "clouds:\n  a:\n\tb: hunter2\n", "a", `clouds.yaml cannot be read as YAML: line 3: found character that cannot start any token`, Terminal},
		{"wrong shape", "clouds:\n  a:\n    auth: {}\n  b: hunter2\n", "a", `clouds.yaml cannot be read as YAML: line 4: a mapping of names to settings is expected here`, Terminal},
		{"no section", "cloud: {}\n", "a", `clouds.yaml has no section "clouds"`, Terminal},
		{"unknown cloud", "clouds:\n" + k.entry("mycloud", "right"), "mycluod", `unknown cloud "mycluod" in `, Terminal},
		{"no auth_url", "clouds:\n  a:\n    auth: {username: me}\n", "a", `auth_url is missing`, Terminal},
		{"wrong password", "clouds:\n" + k.entry("a", "hunter2"), "a", `keystone refused the credentials of cloud "a" (` + k.URL + `/v3, from `, Terminal},
		{"not a keystone", "clouds:\n" + strings.ReplaceAll(k.entry("a", "right"), "/v3", "/identity/v3"), "a", `no keystone answers at auth_url of cloud "a"`, Terminal},
		{"wrong region", "clouds:\n" + strings.ReplaceAll(k.entry("a", "right"), "here", "there"), "a", `no nova in its catalog for region "there"`, Terminal},
		{"unreachable", "clouds:\n" + elsewhere, "a", `): cannot be reached: dial tcp ` + silent.Addr().String() + `: connect: connection refused`, Transient},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := noClouds(t)
			if c.text != "" {
				write(t, filepath.Join(dir, "clouds.yaml"), c.text)
			}
			_, err := ListServers(context.Background(), NewClouds(), c.cloud)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "hunter2")
			require.Equal(t, c.class, ClassOf(err))
		})
	}
}

// TestCorrectedFileIsRead: after a refusal the file is read again, so that a
// long-lived worker needs no restart.
func TestCorrectedFileIsRead(t *testing.T) {
	dir, k := noClouds(t), newFakeKeystone(t)
	path := write(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+k.entry("a", "wrong"))
	clouds := NewClouds()
	_, err := ListServers(context.Background(), clouds, "a")
	require.ErrorContains(t, err, "keystone refused")
	write(t, path, "clouds:\n"+k.entry("a", "right"))
	_, err = ListServers(context.Background(), clouds, "a")
	require.NoError(t, err)
}

// TestSoftDeletedServerIsForced: where nova keeps deleted servers for a while,
// their ports and volumes would stay in use.
func TestSoftDeletedServerIsForced(t *testing.T) {
	dir, k := noClouds(t), newFakeKeystone(t)
	write(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+k.entry("a", "right"))
	status := "ACTIVE"
	mark := saga.Mark("novaflow:run/server#1")
	k.more = func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodDelete:
			status = SoftDeleted
			w.WriteHeader(http.StatusNoContent)
		case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/action"):
			status = ""
			w.WriteHeader(http.StatusAccepted)
		case status == "":
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"itemNotFound": {"code": 404, "message": "gone"}}`)
		default:
			fmt.Fprintf(w, `{"server": {"id": "s1", "status": %q, "metadata": {"novaflow_mark": %q}}}`, status, mark)
		}
	}
	w := &world{clouds: NewClouds(), cloud: "a"}
	_, err := w.environment().ExecuteActivity((*novaActivities)(nil).DeleteServer, saga.Undo[CreateServerInput, Server]{
		Mark: mark, In: CreateServerInput{Cloud: "a"}, Out: &Server{OwnedObject: OwnedObject{ID: "s1"}},
	})
	require.NoError(t, err)
	require.Empty(t, status)
}
