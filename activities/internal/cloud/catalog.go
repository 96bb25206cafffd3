package cloud

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
)

// locateEndpoints finds endpoints in a catalog, without asking any service for its
// versions: a cloud with one service down must still be usable for the others.
func locateEndpoints(catalog *tokens.ServiceCatalog) gophercloud.EndpointLocator {
	return func(o gophercloud.EndpointOpts) (string, error) {
		o.ApplyDefaults(o.Type)
		for _, kind := range o.Types() { // the official type first, then its older names
			for _, service := range catalog.Entries {
				if service.Type != kind {
					continue
				}
				if i := slices.IndexFunc(service.Endpoints,
					func(e tokens.Endpoint) bool { return endpointFits(e, o) }); i >= 0 {
					return trimVersion(o.Type, service.Endpoints[i].URL), nil
				}
			}
		}
		return "", &gophercloud.ErrEndpointNotFound{}
	}
}

// trimVersion returns an address in the form that gophercloud expects. Gophercloud adds
// the version for services whose catalog entries usually have none, so it is removed
// there.
func trimVersion(kind, url string) string {
	url = gophercloud.NormalizeURL(url)
	if kind == "network" || kind == "image" {
		url = versionAtEnd.ReplaceAllString(url, "/")
	}
	return url
}

// listRegions returns the names of the regions in a catalog.
func listRegions(catalog *tokens.ServiceCatalog) []string {
	var names []string
	for _, service := range catalog.Entries {
		for _, e := range service.Endpoints {
			if name := cmp.Or(e.Region, e.RegionID); name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func endpointFits(e tokens.Endpoint, o gophercloud.EndpointOpts) bool {
	region := o.Region == "" || o.Region == e.Region || o.Region == e.RegionID
	return region && e.Interface == string(o.Availability) && hasVersion(e.URL, o.Version)
}

var (
	versionInURL = regexp.MustCompile(`/v(\d+)(\.\d+)?(/|$)`)
	versionAtEnd = regexp.MustCompile(`/v\d+(\.\d+)?/$`)
)

// hasVersion reports whether an address may serve a major version. One that
// names none serves all.
func hasVersion(url string, version int) bool {
	found := versionInURL.FindStringSubmatch(url)
	return found == nil || version == 0 || found[1] == strconv.Itoa(version)
}
