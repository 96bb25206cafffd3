package devcloud_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/applicationcredentials"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/projects"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

func TestWrongPasswordIsUnauthorized(t *testing.T) {
	k := connect(t, start(t, devcloud.Options{}), "devcloud")
	_, err := openstack.AuthenticatedClient(k.ctx, gophercloud.AuthOptions{IdentityEndpoint: k.url + "/identity/v3",
		Username: "demo", Password: "bad", DomainName: "Default", TenantName: "demo"})
	k.status(http.StatusUnauthorized, err)
	require.ErrorContains(t, err, "The request you have made requires authentication.")
}

func TestUnknownTokenIsUnauthorized(t *testing.T) {
	k := connect(t, start(t, devcloud.Options{}), "devcloud")
	for _, path := range []string{"/compute/v2.1/servers", "/network/v2.0/ports", "/volume/v3/x/volumes",
		"/image/v2/images", "/identity/v3/projects"} {
		r, err := http.Get(k.url + path)
		require.NoError(t, err)
		require.Equal(t, http.StatusUnauthorized, r.StatusCode, path)
		require.NoError(t, r.Body.Close())
	}
}

func TestExpiredTokensAreRenewed(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	f, err := devcloud.ParseFault("neutron GET /networks expire 1")
	require.NoError(t, err)
	c.AddFault(f)
	k.networkID("private")
	require.Equal(t, 2, c.Calls()["keystone POST /auth/tokens"], "the client asked for a second token")
}

func TestTokenLife(t *testing.T) {
	c := start(t, devcloud.Options{TokenLife: time.Nanosecond})
	k := connect(t, c, "devcloud")
	_, err := networks.List(k.network, nil).AllPages(k.ctx)
	require.Error(t, err, "the token is too old at once, and so is the next")
}

func TestApplicationCredentials(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	me, err := tokens.Get(k.ctx, k.identity, k.identity.TokenID).ExtractUser()
	require.NoError(t, err)
	a, err := applicationcredentials.Create(k.ctx, k.identity, me.ID,
		applicationcredentials.CreateOpts{Name: "a"}).Extract()
	require.NoError(t, err)
	require.NotEmpty(t, a.Secret)
	_, err = applicationcredentials.Create(k.ctx, k.identity, me.ID,
		applicationcredentials.CreateOpts{Name: "a"}).Extract()
	k.status(http.StatusConflict, err)
	for _, o := range []gophercloud.AuthOptions{
		{ApplicationCredentialID: a.ID, ApplicationCredentialSecret: a.Secret},
		{ApplicationCredentialName: "a", ApplicationCredentialSecret: a.Secret, Username: "demo",
			DomainName: "Default"},
	} {
		o.IdentityEndpoint = k.url + "/identity/v3"
		pc, err := openstack.AuthenticatedClient(k.ctx, o)
		require.NoError(t, err)
		n, err := openstack.NewNetworkV2(pc, gophercloud.EndpointOpts{})
		require.NoError(t, err)
		_, err = networks.List(n, nil).AllPages(k.ctx)
		require.NoError(t, err)
	}
	require.NoError(t, applicationcredentials.Delete(k.ctx, k.identity, me.ID, a.ID).ExtractErr())
	_, err = openstack.AuthenticatedClient(k.ctx, gophercloud.AuthOptions{IdentityEndpoint: k.url + "/identity/v3",
		ApplicationCredentialID: a.ID, ApplicationCredentialSecret: a.Secret})
	k.status(http.StatusNotFound, err)
}

func TestProjectsAreForAdministrators(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	_, err := projects.List(k.identity, nil).AllPages(k.ctx)
	k.status(http.StatusForbidden, err)
	all, err := projects.List(connect(t, c, "devcloud-admin").identity, projects.ListOpts{Name: "demo"}).AllPages(k.ctx)
	require.NoError(t, err)
	found, err := projects.ExtractProjects(all)
	require.NoError(t, err)
	require.Len(t, found, 1)
	_, err = projects.Get(k.ctx, k.identity, found[0].ID).Extract()
	require.NoError(t, err, "one's own project may be seen")
}
