package devcloud

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The last compute microversion of the Zed release.
const novaMax = 93

// Nova serves the compute API.
type Nova struct{ *Servers }

func newNova(s *Store, keystone *Keystone, glance *Glance, cinder *Cinder, neutron *Neutron) *Nova {
	servers := newServers(newCompute(s, keystone), glance, cinder, neutron)
	Moves{servers}.registerMoves()
	return &Nova{servers}
}

func (c *Nova) novaRoutes() []route {
	return slices.Concat([]route{
		openRoute("GET ^/{$}", http.StatusOK, novaVersions),
		openRoute("GET ^/v2.1", http.StatusOK, novaRoot),
		newRoute("GET /extensions", http.StatusOK, empty("extensions")),
	}, c.computeRoutes(), c.serverRoutes(), Moves{c.Servers}.moveRoutes())
}

func novaVersionView(q *request) obj {
	return obj{"id": "v2.1", "status": "CURRENT", "version": "2." + strconv.Itoa(novaMax), "min_version": "2.1", "updated": "2013-07-23T11:33:21Z",
		"links": []obj{{"rel": "self", "href": q.host() + "/compute/v2.1/"}}}
}

func novaVersions(q *request) (any, error) { return obj{"versions": []obj{novaVersionView(q)}}, nil }

func novaRoot(q *request) (any, error) {
	v := novaVersionView(q)
	v["media-types"] = []obj{{"base": "application/json", "type": "application/vnd.openstack.compute+json;version=2.1"}}
	return obj{"version": v}, nil
}

// novaVersion reads the microversion of a request, and repeats it in the answer.
func novaVersion(q *request) error {
	text := q.Header.Get("X-OpenStack-Nova-API-Version")
	if given := microversion(q.Header, "compute"); given != "" {
		text = given
	}
	return q.version(text, "compute", 2, 1, novaMax, func(v string) {
		q.header.Set("X-OpenStack-Nova-API-Version", v)
		q.header.Set("Vary", "OpenStack-API-Version, X-OpenStack-Nova-API-Version")
		q.header.Set("X-Compute-Request-Id", q.id)
	})
}

// microversion is what OpenStack-API-Version asks for of the service.
func microversion(h http.Header, service string) string {
	for _, line := range h.Values("OpenStack-API-Version") {
		for part := range strings.SplitSeq(line, ",") {
			if name, v, _ := strings.Cut(strings.TrimSpace(part), " "); strings.EqualFold(name, service) {
				return strings.TrimSpace(v)
			}
		}
	}
	return ""
}

// version takes text as "major.minor" or "latest"; none means the lowest.
func (q *request) version(text, service string, major, min, max int, echo func(string)) error {
	if text == "" {
		text = strconv.Itoa(major) + "." + strconv.Itoa(min)
	}
	if text == "latest" {
		text = strconv.Itoa(major) + "." + strconv.Itoa(max)
	}
	head, tail, _ := strings.Cut(text, ".")
	a, err1 := strconv.Atoi(head)
	b, err2 := strconv.Atoi(tail)
	if err1 != nil || err2 != nil {
		return fail(http.StatusBadRequest, "API Version String %s is of invalid format. Must be of format MajorNum.MinorNum.", text)
	}
	q.header.Set("OpenStack-API-Version", service+" "+text)
	echo(text)
	if a != major || b < min || b > max {
		return fail(http.StatusNotAcceptable, "Version %s is not supported by the API. Minimum is %d.%d and maximum is %d.%d.", text, major, min, major, max)
	}
	q.minor = b
	return nil
}

// links are those of an object of nova or cinder. base is the service's
// address, rest the path from its version on.
func (q *request) links(rest, id string) []obj {
	base := q.host() + q.service.prefix
	root := strings.ReplaceAll(q.service.root, "{project_id}", q.PathValue("project_id"))
	return []obj{
		{"rel": "self", "href": base + root + "/" + rest + "/" + id},
		{"rel": "bookmark", "href": base + strings.TrimPrefix(strings.TrimPrefix(root, "/v2.1"), "/v3") + "/" + rest + "/" + id},
	}
}

func (q *request) forbid(rule string) error {
	return fail(http.StatusForbidden, "Policy doesn't allow %s to be performed.", rule)
}

// usage returns what the project uses of a resource of nova.
func (c *Compute) usage(project, resource string) int {
	key := "project=" + project
	switch resource {
	case "instances":
		return c.servers.count(key) - c.usedOf(project, keptServers)
	case "server_groups":
		return c.groups.count(key)
	}
	return c.usedOf(project, resource)
}

var novaResources = []string{"cores", "instances", "key_pairs", "metadata_items", "ram", "server_group_members", "server_groups"}

// oldResources are told before microversion 2.36, with the limits they have for ever.
var oldResources = map[string]int{"fixed_ips": -1, "floating_ips": -1, "security_group_rules": -1, "security_groups": -1}

// oldFiles are told before microversion 2.57.
var oldFiles = map[string]int{"injected_file_content_bytes": 10240, "injected_file_path_bytes": 255, "injected_files": 5}

// novaQuotaAPI serves /limits and /os-quota-sets.
type novaQuotaAPI struct{ *Compute }

func (c novaQuotaAPI) novaQuotaRoutes() []route {
	return []route{
		newRoute("GET /limits", http.StatusOK, c.novaLimits),
		newRoute("GET /os-quota-sets/{project}", http.StatusOK, c.novaQuotas),
		newRoute("GET /os-quota-sets/{project}/defaults", http.StatusOK, c.novaDefaults),
		newRoute("GET /os-quota-sets/{project}/detail", http.StatusOK, c.novaQuotaDetails),
		newRoute("PUT /os-quota-sets/{project}", http.StatusOK, c.setNovaQuotas),
		newRoute("DELETE /os-quota-sets/{project}", http.StatusAccepted, c.dropNovaQuotas),
	}
}

func (c novaQuotaAPI) novaLimits(q *request) (any, error) {
	p := q.tok.Project
	if t := q.URL.Query().Get("tenant_id"); t != "" && q.tok.Admin {
		p = t
	}
	abs := obj{"maxTotalInstances": c.limit(p, "instances"), "maxTotalCores": c.limit(p, "cores"), "maxTotalRAMSize": c.limit(p, "ram"),
		"maxServerMeta": c.limit(p, "metadata_items"), "maxTotalKeypairs": c.limit(p, "key_pairs"), "maxServerGroups": c.limit(p, "server_groups"),
		"maxServerGroupMembers": c.limit(p, "server_group_members"), "totalInstancesUsed": c.usage(p, "instances"), "totalCoresUsed": c.usage(p, "cores"),
		"totalRAMUsed": c.usage(p, "ram"), "totalServerGroupsUsed": c.usage(p, "server_groups")}
	if q.minor < 36 {
		for _, k := range []string{"maxTotalFloatingIps", "maxSecurityGroups", "maxSecurityGroupRules"} {
			abs[k] = -1
		}
		abs["totalFloatingIpsUsed"], abs["totalSecurityGroupsUsed"] = 0, 0
	}
	if q.minor < 57 {
		abs["maxPersonality"], abs["maxPersonalitySize"] = 5, 10240
	}
	if q.minor < 39 {
		abs["maxImageMeta"] = 128
	}
	return obj{"limits": obj{"rate": []obj{}, "absolute": abs}}, nil
}

// novaQuotaView renders each limit by show.
func (c novaQuotaAPI) novaQuotaView(q *request, project string, show func(resource string, limit int) any) obj {
	v := obj{}
	for _, r := range novaResources {
		v[r] = show(r, c.limit(project, r))
	}
	for _, old := range []struct {
		until  int
		limits map[string]int
	}{{36, oldResources}, {57, oldFiles}} {
		if q.minor < old.until {
			for r, n := range old.limits {
				v[r] = show(r, n)
			}
		}
	}
	return v
}

func plainLimit(_ string, n int) any { return n }

func (c novaQuotaAPI) novaQuotas(q *request) (any, error) {
	p := q.PathValue("project")
	if !q.sees(p) {
		return nil, q.forbid("os_compute_api:os-quota-sets:show")
	}
	v := c.novaQuotaView(q, p, plainLimit)
	v["id"] = p
	return obj{"quota_set": v}, nil
}

func (c novaQuotaAPI) novaDefaults(q *request) (any, error) {
	v := c.novaQuotaView(q, "", plainLimit)
	v["id"] = q.PathValue("project")
	return obj{"quota_set": v}, nil
}

func (c novaQuotaAPI) novaQuotaDetails(q *request) (any, error) {
	p := q.PathValue("project")
	if !q.sees(p) {
		return nil, q.forbid("os_compute_api:os-quota-sets:detail")
	}
	v := c.novaQuotaView(q, p, func(r string, n int) any { return obj{"limit": n, "in_use": c.usage(p, r), "reserved": 0} })
	v["id"] = p
	return obj{"quota_set": v}, nil
}

// limitsIn reads the limits of the known resources from the quota_set of a body. It
// passes over those that are ignored, and refuses all others.
func (q *request) limitsIn(known []string, ignored func(resource string) bool) (map[string]int, error) {
	var body struct {
		Set map[string]any `json:"quota_set"`
	}
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	limits := map[string]int{}
	for r, v := range body.Set {
		n, isNumber := v.(float64)
		if text, ok := v.(string); ok {
			i, err := strconv.Atoi(text)
			n, isNumber = float64(i), err == nil
		}
		switch {
		case isNumber && n < -1:
			return nil, fail(http.StatusBadRequest, "Invalid input for field/attribute %s. Value: %v. %v is less than the minimum of -1", r, n, n)
		case slices.Contains(known, r) && isNumber:
			limits[r] = int(n)
		case !slices.Contains(known, r) && r != "force" && r != "tenant_id" && !ignored(r):
			return nil, fail(http.StatusBadRequest, "Invalid input for field/attribute quota_set. Additional properties are not allowed ('%s' was unexpected)", r)
		}
	}
	return limits, nil
}

// ignoredQuota reports whether devcloud accepts and forgets a limit: those of older
// versions of nova's API.
func ignoredQuota(q *request, resource string) bool {
	_, network := oldResources[resource]
	_, file := oldFiles[resource]
	return network && q.minor < 36 || file && q.minor < 57
}

func (c novaQuotaAPI) setNovaQuotas(q *request) (any, error) {
	if !q.tok.Admin {
		return nil, q.forbid("os_compute_api:os-quota-sets:update")
	}
	limits, err := q.limitsIn(novaResources, func(r string) bool { return ignoredQuota(q, r) })
	if err != nil {
		return nil, err
	}
	if _, ok := c.keystone.projects.get(q.PathValue("project")); !ok {
		return nil, fail(http.StatusBadRequest, "Project ID %s is not a valid project.", q.PathValue("project"))
	}
	for r, n := range limits {
		used := c.usage(q.PathValue("project"), r)
		if n >= 0 && n < used && !bytes.Contains(q.raw, []byte(`"force"`)) {
			return nil, fail(http.StatusBadRequest, "Quota limit %d for %s must be greater than or equal to already used and reserved %d.", n, r, used)
		}
	}
	c.setLimits(q.PathValue("project"), limits)
	return obj{"quota_set": c.novaQuotaView(q, q.PathValue("project"), plainLimit)}, nil
}

func (c novaQuotaAPI) dropNovaQuotas(q *request) (any, error) {
	if !q.tok.Admin {
		return nil, q.forbid("os_compute_api:os-quota-sets:delete")
	}
	c.dropLimits(q.PathValue("project"), novaResources)
	return nil, nil
}
