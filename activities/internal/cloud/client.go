package cloud

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"novaflow/saga/sagacodec"
)

// computeMicroversion is the lowest one with what we need, so that it works on
// the oldest clouds: tags in the request that creates a server. It came with
// Pike (https://docs.openstack.org/nova/latest/reference/api-microversion-history.html).
const computeMicroversion = "2.52"

const (
	RequestTimeout = time.Minute // of one HTTP request
	DialTimeout    = 5 * time.Second
	connections    = 64 // idle ones kept for each service
)

// Client is what activities need of one cloud and project.
type Client struct {
	clouds  *Clouds
	Name    string
	Project string // id

	Compute, Network, Volume, Image *gophercloud.ServiceClient
	Identity                        *gophercloud.ServiceClient

	shared *sync.Map // by type: see SharedValue
}

// SharedValue returns the one value of a type that all activities on a cloud share. It is
// created by the first who asks for it.
func SharedValue[T any](c *Client, create func() *T) *T {
	key := reflect.TypeFor[T]()
	v, there := c.shared.Load(key)
	if !there {
		v, _ = c.shared.LoadOrStore(key, create())
	}
	return v.(*T)
}

// Looks returns how often to look for a mark after an answer may have been lost.
func (c *Client) Looks() int { return c.clouds.looks }

// LookPause returns the pause between two such looks.
func (c *Client) LookPause() time.Duration { return c.clouds.lookPause }

// Patience returns how long a conflict is waited out: see [Clouds.SetPatience].
func (c *Client) Patience() time.Duration { return c.clouds.patience }

// Keys returns the keys of the secrets in inputs.
func (c *Client) Keys() *sagacodec.Keys { return c.clouds.keys }

// ImageSources returns what the data of images may be read from.
func (c *Client) ImageSources() ImageSources { return c.clouds.images }

// EntriesOf returns the entries of clouds.yaml with which users of a project ask for
// runs on this cloud.
func (c *Client) EntriesOf(projectID, project string) ([]string, error) {
	return c.clouds.entriesOf(c, projectID, project)
}

// Within returns the client with which an administrator creates resources in another
// project. "" stands for the project of the credentials.
func (c *Client) Within(project string) *Client {
	if project == "" {
		return c
	}
	other := *c
	other.Project = project
	return &other
}

// connectCloud authenticates and finds the services of a cloud.
func connectCloud(ctx context.Context, name, path string, settings map[string]any) (*Client, error) {
	auth, endpoints, err := authOptions(settings)
	if err != nil {
		return nil, configProblem("cloud %q in %s: %s", name, path, err)
	}
	httpClient, err := newHTTPClient(settings)
	if err != nil {
		return nil, configProblem("cloud %q in %s: %s", name, path, err)
	}
	provider, err := openstack.NewClient(auth.IdentityEndpoint)
	if err != nil {
		return nil, configProblem("cloud %q in %s: auth_url: %s", name, path, err)
	}
	provider.HTTPClient = *httpClient
	provider.UserAgent.Prepend("novaflow")
	if err := openstack.Authenticate(ctx, provider, auth); err != nil {
		return nil, authError(ctx, name, path, auth.IdentityEndpoint, err)
	}
	c := &Client{Name: name, shared: &sync.Map{}, Identity: &gophercloud.ServiceClient{ProviderClient: provider,
		Endpoint: provider.IdentityBase + "v3/", Type: "identity"}}
	if err := c.readToken(provider, endpoints.Region); err != nil {
		return nil, configProblem("cloud %q in %s: %s", name, path, err)
	}
	return c, c.findServices(provider, endpoints)
}

// readToken takes the project and the catalog from the token. Where there are
// several regions one must be chosen, or a server might be asked for in one and
// its port in another.
func (c *Client) readToken(provider *gophercloud.ProviderClient, region string) error {
	token, ok := provider.GetAuthResult().(tokens.CreateResult)
	if !ok {
		return fmt.Errorf("identity API v3 is needed")
	}
	project, err := token.ExtractProject()
	if err != nil || project == nil {
		return fmt.Errorf("the credentials are not scoped to a project: set project_name")
	}
	catalog, err := token.ExtractServiceCatalog()
	if err != nil {
		return fmt.Errorf("the catalog of services cannot be read: %w", err)
	}
	if there := listRegions(catalog); region == "" && len(there) > 1 {
		return fmt.Errorf("the cloud has several regions: set region_name to one of %s", QuoteAll(there))
	}
	c.Project, provider.EndpointLocator = project.ID, locateEndpoints(catalog)
	return nil
}

// findServices creates the service clients from the catalog.
func (c *Client) findServices(provider *gophercloud.ProviderClient, endpoints gophercloud.EndpointOpts) error {
	for _, s := range []struct {
		service Service
		make    func(*gophercloud.ProviderClient, gophercloud.EndpointOpts) (*gophercloud.ServiceClient, error)
		into    **gophercloud.ServiceClient
	}{
		{Nova, openstack.NewComputeV2, &c.Compute},
		{Neutron, openstack.NewNetworkV2, &c.Network},
		{Cinder, openstack.NewBlockStorageV3, &c.Volume},
		{Glance, openstack.NewImageV2, &c.Image},
	} {
		made, err := s.make(provider, endpoints)
		if err != nil {
			return configProblem("cloud %q has no %s in its catalog for region %q and interface %s", c.Name, s.service,
				endpoints.Region, endpoints.Availability)
		}
		*s.into = made
	}
	c.Compute.Microversion = computeMicroversion
	return nil
}

// authOptions reads the settings of one cloud, in the words of clouds.yaml.
func authOptions(settings map[string]any) (gophercloud.AuthOptions, gophercloud.EndpointOpts, error) {
	section, _ := settings["auth"].(map[string]any)
	auth := func(key string) string { return settingText(section, key) }
	if auth("auth_url") == "" {
		return gophercloud.AuthOptions{}, gophercloud.EndpointOpts{}, fmt.Errorf("auth_url is missing")
	}
	options := gophercloud.AuthOptions{
		IdentityEndpoint:            auth("auth_url"),
		UserID:                      auth("user_id"),
		Username:                    auth("username"),
		Password:                    auth("password"),
		DomainID:                    cmp.Or(auth("user_domain_id"), auth("domain_id")),
		DomainName:                  cmp.Or(auth("user_domain_name"), auth("domain_name")),
		ApplicationCredentialID:     auth("application_credential_id"),
		ApplicationCredentialName:   auth("application_credential_name"),
		ApplicationCredentialSecret: auth("application_credential_secret"),
		AllowReauth:                 true,
	}
	if id, name := auth("project_id"), auth("project_name"); id != "" {
		options.Scope = &gophercloud.AuthScope{ProjectID: id}
	} else if name != "" {
		options.Scope = &gophercloud.AuthScope{
			ProjectName: name,
			DomainID:    cmp.Or(auth("project_domain_id"), auth("domain_id")),
			DomainName:  cmp.Or(auth("project_domain_name"), auth("domain_name")),
		}
	}
	switch { // keystone accepts only one way to name the user
	case options.UserID != "": // an id says its domain
		options.DomainID, options.DomainName = "", ""
	case options.DomainID != "":
		options.DomainName = ""
	}
	if scope := options.Scope; scope != nil && scope.DomainID != "" {
		scope.DomainName = ""
	}
	return options, endpointOptions(settings), nil
}

func endpointOptions(settings map[string]any) gophercloud.EndpointOpts {
	availability := gophercloud.AvailabilityPublic
	switch cmp.Or(settingText(settings, "interface"), settingText(settings, "endpoint_type")) {
	case "internal", "internalURL":
		availability = gophercloud.AvailabilityInternal
	case "admin", "adminURL":
		availability = gophercloud.AvailabilityAdmin
	}
	return gophercloud.EndpointOpts{Region: cmp.Or(settingText(settings, "region_name"), firstRegion(settings)),
		Availability: availability}
}

// firstRegion returns the default of openstacksdk where an entry lists regions, by name
// or with settings of their own.
func firstRegion(settings map[string]any) string {
	list, _ := settings["regions"].([]any)
	if len(list) == 0 {
		return ""
	}
	if region, ok := list[0].(map[string]any); ok {
		return settingText(region, "name")
	}
	return fmt.Sprint(list[0])
}

// settingText reads a setting that YAML may have taken for a number.
func settingText(section map[string]any, key string) string {
	if v := section[key]; v != nil {
		return fmt.Sprint(v)
	}
	return ""
}

// filePath reads a setting that is a path, which may begin with ~ as it may for
// every OpenStack tool.
func filePath(settings map[string]any, key string) string {
	path := settingText(settings, key)
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	return path
}

// newHTTPClient keeps connections alive and gives up on silent servers.
func newHTTPClient(settings map[string]any) (*http.Client, error) {
	trust, err := tlsConfig(settings)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: DialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:     trust,
		TLSHandshakeTimeout: 2 * DialTimeout,
		MaxIdleConns:        8 * connections,
		MaxIdleConnsPerHost: connections,
		MaxConnsPerHost:     2 * connections,
		IdleConnTimeout:     90 * time.Second,
		ForceAttemptHTTP2:   true,
	}
	return &http.Client{Transport: tracing{transport}, Timeout: RequestTimeout}, nil
}

// tlsConfig reads verify, cacert, cert and key, as openstacksdk calls them.
func tlsConfig(settings map[string]any) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if verify, ok := settings["verify"].(bool); ok {
		config.InsecureSkipVerify = !verify
	}
	if path := filePath(settings, "cacert"); path != "" {
		pem, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("cacert: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("cacert: %s holds no certificate in PEM", path)
		}
	}
	if cert, key := filePath(settings, "cert"), filePath(settings, "key"); cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, cmp.Or(key, cert))
		if err != nil {
			return nil, fmt.Errorf("cert: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
