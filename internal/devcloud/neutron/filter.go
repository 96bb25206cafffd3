package neutron

import (
	"net/url"
	"slices"
	"strings"

	"novaflow/internal/devcloud/api"
)

// filter has the values that attributes of a listed object may have. Attributes that a
// view lacks are ignored.
type filter map[string][]string

func readFilter(query url.Values) filter {
	want := filter{}
	for k, v := range query {
		switch k {
		case "fields", "limit", "marker", "sort_key", "sort_dir", "page_reverse":
		default:
			want[k] = v
		}
	}
	return want
}

// match reports whether a view passes the filter.
func (want filter) match(v obj) bool {
	for k, values := range want {
		if base, ok := strings.CutPrefix(k, "not-"); ok && strings.HasPrefix(base, "tags") {
			if api.HasTags(v, base, values) {
				return false
			}
			continue
		}
		if strings.HasPrefix(k, "tags") {
			if !api.HasTags(v, k, values) {
				return false
			}
			continue
		}
		if have, ok := v[k]; ok && !slices.ContainsFunc(values, func(w string) bool { return matchesQuery(have, w) }) {
			return false
		}
	}
	return true
}

// matchesQuery compares an attribute with a value of the query. Of fixed_ips one must
// match "ip_address=A" or "subnet_id=S".
func matchesQuery(have any, want string) bool {
	addresses, ok := have.([]FixedIP)
	if !ok {
		return api.EqualsQuery(have, want)
	}
	k, v, _ := strings.Cut(want, "=")
	return slices.ContainsFunc(addresses, func(f FixedIP) bool {
		return k == "ip_address" && f.IP == v || k == "subnet_id" && f.Subnet == v ||
			k == "ip_address_substr" && strings.Contains(f.IP, v)
	})
}
