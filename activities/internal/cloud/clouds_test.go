package cloud

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"novaflow/activities/internal/cloudtest"
)

// listServers lists the servers of a cloud.
func listServers(clouds *Clouds, name string) (int, error) {
	return Using(context.Background(), clouds, name, func(ctx context.Context, c *Client) (int, error) {
		pages, err := servers.List(c.Compute, servers.ListOpts{}).AllPages(ctx)
		if err != nil {
			return 0, Nova.Op(Listing, "list servers").Wrap(ctx, err)
		}
		all, err := servers.ExtractServers(pages)
		return len(all), err
	})
}

// listNetworks lists the networks of a cloud.
func listNetworks(clouds *Clouds, name string) (int, error) {
	return Using(context.Background(), clouds, name, func(ctx context.Context, c *Client) (int, error) {
		pages, err := networks.List(c.Network, networks.ListOpts{}).AllPages(ctx)
		if err != nil {
			return 0, Neutron.Op(Listing, "list networks").Wrap(ctx, err)
		}
		all, err := networks.ExtractNetworks(pages)
		return len(all), err
	})
}

func TestOneLoginForAll(t *testing.T) {
	dir, k := cloudtest.NoClouds(t), cloudtest.NewKeystone(t)
	cloudtest.WriteFile(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+k.Entry("a", "right"))
	clouds := NewClouds()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			_, err := listServers(clouds, "a")
			assert.NoError(t, err)
		})
	}
	all.Wait()
	require.EqualValues(t, 1, k.Logins.Load())
	require.True(t, strings.HasPrefix(k.Agent.Load().(string), "novaflow "))
}

func TestExpiredTokenIsRenewed(t *testing.T) {
	dir, k := cloudtest.NoClouds(t), cloudtest.NewKeystone(t)
	cloudtest.WriteFile(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+k.Entry("a", "right"))
	clouds := NewClouds()
	for range 2 {
		_, err := listServers(clouds, "a")
		require.NoError(t, err)
		k.Expired.Store(true)
	}
	require.EqualValues(t, 2, k.Logins.Load())
}

// TestApplicationCredential: they have no project or domain in clouds.yaml.
func TestApplicationCredential(t *testing.T) {
	dir, k := cloudtest.NoClouds(t), cloudtest.NewKeystone(t)
	cloudtest.WriteFile(t, filepath.Join(dir, "clouds.yaml"),
		fmt.Sprintf("clouds:\n  a:\n    auth_type: v3applicationcredential\n    auth:\n      auth_url: %s/v3\n      "+
			"application_credential_id: id\n      application_credential_secret: right\n", k.URL))
	_, err := listServers(NewClouds(), "a")
	require.NoError(t, err)
}

// TestSecureFileAndExtraFiles: secrets may be in secure.yaml, and a file given
// by name is looked at before the user's.
func TestSecureFileAndExtraFiles(t *testing.T) {
	dir, k := cloudtest.NoClouds(t), cloudtest.NewKeystone(t)
	cloudtest.WriteFile(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+k.Entry("mine", "wrong")+
		k.Entry("both", "wrong"))
	cloudtest.WriteFile(t, filepath.Join(dir, "secure.yaml"), "clouds:\n  mine:\n    auth:\n      password: right\n")
	extra := cloudtest.WriteFile(t, filepath.Join(dir, "extra.yaml"), "clouds:\n"+k.Entry("dev", "right")+
		k.Entry("both", "right"))
	clouds := NewClouds(extra, filepath.Join(dir, "absent.yaml"))
	names, err := clouds.Names()
	require.NoError(t, err)
	require.Equal(t, []string{"both", "dev", "mine"}, names)
	for _, name := range names {
		_, err := listServers(clouds, name)
		require.NoError(t, err, name)
	}
}

// TestProfile: a cloud may take settings from clouds-public.yaml, and overrides
// what is there.
// A mistake in the user's clouds.yaml must not break the development cloud, which
// has a file of its own.
func TestABrokenFileBreaksOnlyItsOwnClouds(t *testing.T) {
	dir, k := cloudtest.NoClouds(t), cloudtest.NewKeystone(t)
	cloudtest.WriteFile(t, filepath.Join(dir, "clouds.yaml"), "clouds: [not a map\n")
	clouds := NewClouds(cloudtest.WriteFile(t, filepath.Join(dir, "extra.yaml"), "clouds:\n"+k.Entry("a", "right")))
	_, err := listServers(clouds, "a")
	require.NoError(t, err)
	_, err = listServers(clouds, "b")
	require.ErrorContains(t, err, "clouds.yaml cannot be read")
}

func TestProfile(t *testing.T) {
	dir, k := cloudtest.NoClouds(t), cloudtest.NewKeystone(t)
	t.Chdir(dir)
	cloudtest.WriteFile(t, filepath.Join(dir, "clouds.yaml"),
		"clouds:\n  a:\n    profile: vendor\n    region_name: here\n    auth: {username: me, password: right, "+
			"project_name: demo, user_domain_name: Default, project_domain_name: Default}\n")
	_, err := listServers(NewClouds(), "a")
	require.ErrorContains(t, err, `the profile "vendor" is named, but there is no clouds-public.yaml`)
	cloudtest.WriteFile(t, filepath.Join(dir, "clouds-public.yaml"),
		"public-clouds:\n  vendor:\n    region_name: there\n    auth: {auth_url: "+k.URL+"/v3}\n")
	_, err = listServers(NewClouds(), "a")
	require.NoError(t, err)
}

// TestSeveralRegions: services of different regions must not be mixed, so one
// must be named.
func TestSeveralRegions(t *testing.T) {
	dir, k := cloudtest.NoClouds(t), cloudtest.NewKeystone(t)
	k.Regions = []string{"there", "here"}
	entry := k.Entry("a", "right")
	cloudtest.WriteFile(t, filepath.Join(dir, "clouds.yaml"),
		"clouds:\n"+strings.ReplaceAll(entry, "    region_name: here\n", ""))
	_, err := listServers(NewClouds(), "a")
	require.ErrorContains(t, err, `the cloud has several regions: set region_name to one of "here", "there"`)
	for _, setting := range []string{"region_name: here", "regions: [here, there]",
		"regions: [{name: here}, {name: there}]"} {
		cloudtest.WriteFile(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+
			strings.ReplaceAll(entry, "region_name: here", setting))
		_, err := listServers(NewClouds(), "a")
		require.NoError(t, err, setting)
	}
}

// TestVersionInTheCatalog: some clouds have it in the addresses of neutron and
// glance, and then it must not be asked for twice.
func TestVersionInTheCatalog(t *testing.T) {
	dir, k := cloudtest.NoClouds(t), cloudtest.NewKeystone(t)
	k.Version = "/v2.0"
	k.More = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/network/v2.0/networks" {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, `{"networks": []}`)
	}
	cloudtest.WriteFile(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+k.Entry("a", "right"))
	_, err := listNetworks(NewClouds(), "a")
	require.NoError(t, err)
}

// TestDomainByIDAndName: an openrc turned into clouds.yaml often has both.
func TestDomainByIDAndName(t *testing.T) {
	dir, k := cloudtest.NoClouds(t), cloudtest.NewKeystone(t)
	both := strings.NewReplacer("user_domain_name", "user_domain_id: default\n      user_domain_name",
		"project_domain_name", "project_domain_id: default\n      project_domain_name")
	cloudtest.WriteFile(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+both.Replace(k.Entry("a", "right")))
	_, err := listServers(NewClouds(), "a")
	require.NoError(t, err)
}

// TestCertificateBelowHome: ~ in a path is for us to resolve, no shell does.
func TestCertificateBelowHome(t *testing.T) {
	dir, k := cloudtest.NoClouds(t), cloudtest.NewKeystone(t)
	t.Setenv("HOME", dir)
	cloudtest.WriteFile(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+k.Entry("a", "right")+
		"    cacert: ~/ca.pem\n")
	cloudtest.WriteFile(t, filepath.Join(dir, "ca.pem"), "nothing")
	_, err := listServers(NewClouds(), "a")
	require.ErrorContains(t, err, "cacert: "+filepath.Join(dir, "ca.pem")+" holds no certificate in PEM")
}

// TestBadConfiguration: each mistake has one clear message without secrets, and
// only what may pass by itself is worth another attempt.
func TestBadConfiguration(t *testing.T) {
	k := cloudtest.NewKeystone(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, silent.Close()) // nobody listens there now
	elsewhere := strings.ReplaceAll(k.Entry("a", "hunter2"), k.URL, "http://"+silent.Addr().String())
	for _, c := range []struct {
		name, text, cloud string
		want              string
		class             Class
	}{
		{"no file", "", "a", `there is no clouds.yaml in `, Terminal},
		{"malformed", "clouds:\n  a:\n\tb: hunter2\n", "a",
			`clouds.yaml cannot be read as YAML: line 3: found character that cannot start any token`, Terminal},
		{"wrong shape", "clouds:\n  a:\n    auth: {}\n  b: hunter2\n", "a",
			`clouds.yaml cannot be read as YAML: line 4: a mapping of names to settings is expected here`, Terminal},
		{"no section", "cloud: {}\n", "a", `clouds.yaml has no section "clouds"`, Terminal},
		{"unknown cloud", "clouds:\n" + k.Entry("mycloud", "right"), "mycluod", `unknown cloud "mycluod" in `,
			Terminal},
		{"no auth_url", "clouds:\n  a:\n    auth: {username: me}\n", "a", `auth_url is missing`, Terminal},
		{"wrong password", "clouds:\n" + k.Entry("a", "hunter2"), "a",
			`keystone refused the credentials of cloud "a" (` + k.URL + `/v3, from `, Terminal},
		{"not a keystone", "clouds:\n" + strings.ReplaceAll(k.Entry("a", "right"), "/v3", "/identity/v3"), "a",
			`no keystone answers at auth_url of cloud "a"`, Terminal},
		{"wrong region", "clouds:\n" + strings.ReplaceAll(k.Entry("a", "right"), "here", "there"), "a",
			`no nova in its catalog for region "there"`, Terminal},
		{"unreachable", "clouds:\n" + elsewhere, "a", `): cannot be reached: dial tcp ` + silent.Addr().
			String() + `: connect: connection refused`, Transient},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := cloudtest.NoClouds(t)
			if c.text != "" {
				cloudtest.WriteFile(t, filepath.Join(dir, "clouds.yaml"), c.text)
			}
			_, err := listServers(NewClouds(), c.cloud)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "hunter2")
			require.Equal(t, c.class, ClassOf(err))
		})
	}
}

// TestCorrectedFileIsRead: after a refusal the file is read again, so that a
// long-lived worker needs no restart.
func TestCorrectedFileIsRead(t *testing.T) {
	dir, k := cloudtest.NoClouds(t), cloudtest.NewKeystone(t)
	path := cloudtest.WriteFile(t, filepath.Join(dir, "clouds.yaml"), "clouds:\n"+k.Entry("a", "wrong"))
	clouds := NewClouds()
	_, err := listServers(clouds, "a")
	require.ErrorContains(t, err, "keystone refused")
	cloudtest.WriteFile(t, path, "clouds:\n"+k.Entry("a", "right"))
	_, err = listServers(clouds, "a")
	require.NoError(t, err)
}
