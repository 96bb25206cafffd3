package activities

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
)

// locator finds endpoints in a catalog, without asking any service for its
// versions: a cloud with one service down must still be usable for the others.
func locator(catalog *tokens.ServiceCatalog) gophercloud.EndpointLocator {
	return func(o gophercloud.EndpointOpts) (string, error) {
		o.ApplyDefaults(o.Type)
		for _, kind := range o.Types() { // the official type first, then its older names
			for _, service := range catalog.Entries {
				if service.Type != kind {
					continue
				}
				if i := slices.IndexFunc(service.Endpoints, func(e tokens.Endpoint) bool { return fits(e, o) }); i >= 0 {
					return gophercloud.NormalizeURL(service.Endpoints[i].URL), nil
				}
			}
		}
		return "", &gophercloud.ErrEndpointNotFound{}
	}
}

func fits(e tokens.Endpoint, o gophercloud.EndpointOpts) bool {
	region := o.Region == "" || o.Region == e.Region || o.Region == e.RegionID
	return region && e.Interface == string(o.Availability) && hasVersion(e.URL, o.Version)
}

var versionInURL = regexp.MustCompile(`/v(\d+)(\.\d+)?(/|$)`)

// hasVersion reports whether an address may serve a major version. One that
// names none serves all.
func hasVersion(url string, version int) bool {
	found := versionInURL.FindStringSubmatch(url)
	return found == nil || version == 0 || found[1] == strconv.Itoa(version)
}
