package compute

import (
	"bytes"
	"net/http"

	"novaflow/internal/devcloud/api"
)

// Usage returns what the project uses of a resource of nova.
func (c *Compute) Usage(project, resource string) int {
	key := "project=" + project
	switch resource {
	case "instances":
		return c.Instances.Count(key) - c.Used(project, keptServers)
	case "server_groups":
		return c.Groups.Count(key)
	}
	return c.Used(project, resource)
}

var quotaNames = []string{"cores", "instances", "key_pairs", "metadata_items", "ram", "server_group_members",
	"server_groups"}

// oldResources are limits that nova shows before microversion 2.36. They never change.
var oldResources = map[string]int{"fixed_ips": -1, "floating_ips": -1, "security_group_rules": -1,
	"security_groups": -1}

// oldFiles are limits that nova shows before microversion 2.57.
var oldFiles = map[string]int{"injected_file_content_bytes": 10240, "injected_file_path_bytes": 255,
	"injected_files": 5}

// quotaAPI serves /limits and /os-quota-sets.
type quotaAPI struct{ *Compute }

func (c quotaAPI) quotaRoutes() []api.Route {
	return []api.Route{
		api.NewRoute("GET /limits", http.StatusOK, c.showLimits),
		api.NewRoute("GET /os-quota-sets/{project}", http.StatusOK, c.showQuotas),
		api.NewRoute("GET /os-quota-sets/{project}/defaults", http.StatusOK, c.showDefaults),
		api.NewRoute("GET /os-quota-sets/{project}/detail", http.StatusOK, c.showDetails),
		api.NewRoute("PUT /os-quota-sets/{project}", http.StatusOK, c.setQuotas),
		api.NewRoute("DELETE /os-quota-sets/{project}", http.StatusAccepted, c.dropQuotas),
	}
}

func (c quotaAPI) showLimits(q *api.Request) (any, error) {
	p := q.Token.Project
	if t := q.URL.Query().Get("tenant_id"); t != "" && q.Token.Admin {
		p = t
	}
	abs := obj{"maxTotalInstances": c.Limit(p, "instances"), "maxTotalCores": c.Limit(p, "cores"),
		"maxTotalRAMSize": c.Limit(p, "ram"), "maxServerMeta": c.Limit(p, "metadata_items"),
		"maxTotalKeypairs": c.Limit(p, "key_pairs"), "maxServerGroups": c.Limit(p, "server_groups"),
		"maxServerGroupMembers": c.Limit(p, "server_group_members"), "totalInstancesUsed": c.Usage(p, "instances"),
		"totalCoresUsed": c.Usage(p, "cores"), "totalRAMUsed": c.Usage(p, "ram"),
		"totalServerGroupsUsed": c.Usage(p, "server_groups")}
	if q.Minor < 36 {
		for _, k := range []string{"maxTotalFloatingIps", "maxSecurityGroups", "maxSecurityGroupRules"} {
			abs[k] = -1
		}
		abs["totalFloatingIpsUsed"], abs["totalSecurityGroupsUsed"] = 0, 0
	}
	if q.Minor < 57 {
		abs["maxPersonality"], abs["maxPersonalitySize"] = 5, 10240
	}
	if q.Minor < 39 {
		abs["maxImageMeta"] = 128
	}
	return obj{"limits": obj{"rate": []obj{}, "absolute": abs}}, nil
}

// quotaView renders each limit by show.
func (c quotaAPI) quotaView(q *api.Request, project string, show func(resource string, limit int) any) obj {
	v := obj{}
	for _, r := range quotaNames {
		v[r] = show(r, c.Limit(project, r))
	}
	for _, old := range []struct {
		until  int
		limits map[string]int
	}{{36, oldResources}, {57, oldFiles}} {
		if q.Minor < old.until {
			for r, n := range old.limits {
				v[r] = show(r, n)
			}
		}
	}
	return v
}

func (c quotaAPI) showQuotas(q *api.Request) (any, error) {
	p := q.PathValue("project")
	if !q.Sees(p) {
		return nil, q.Forbid("os_compute_api:os-quota-sets:show")
	}
	v := c.quotaView(q, p, api.PlainLimit)
	v["id"] = p
	return obj{"quota_set": v}, nil
}

func (c quotaAPI) showDefaults(q *api.Request) (any, error) {
	v := c.quotaView(q, "", api.PlainLimit)
	v["id"] = q.PathValue("project")
	return obj{"quota_set": v}, nil
}

func (c quotaAPI) showDetails(q *api.Request) (any, error) {
	p := q.PathValue("project")
	if !q.Sees(p) {
		return nil, q.Forbid("os_compute_api:os-quota-sets:detail")
	}
	v := c.quotaView(q, p, func(r string, n int) any { return obj{"limit": n, "in_use": c.Usage(p, r), "reserved": 0} })
	v["id"] = p
	return obj{"quota_set": v}, nil
}

// ignoredQuota reports whether devcloud accepts and forgets a limit: those of older
// versions of nova's API.
func ignoredQuota(q *api.Request, resource string) bool {
	_, network := oldResources[resource]
	_, file := oldFiles[resource]
	return network && q.Minor < 36 || file && q.Minor < 57
}

func (c quotaAPI) setQuotas(q *api.Request) (any, error) {
	if !q.Token.Admin {
		return nil, q.Forbid("os_compute_api:os-quota-sets:update")
	}
	limits, err := q.ReadLimits(quotaNames, func(r string) bool { return ignoredQuota(q, r) })
	if err != nil {
		return nil, err
	}
	if _, ok := c.keystone.Projects.Get(q.PathValue("project")); !ok {
		return nil, api.Fail(http.StatusBadRequest, "Project ID %s is not a valid project.", q.PathValue("project"))
	}
	for r, n := range limits {
		used := c.Usage(q.PathValue("project"), r)
		if n >= 0 && n < used && !bytes.Contains(q.Raw, []byte(`"force"`)) {
			return nil, api.Fail(http.StatusBadRequest,
				"Quota limit %d for %s must be greater than or equal to already used and reserved %d.", n, r, used)
		}
	}
	c.SetLimits(q.PathValue("project"), limits)
	return obj{"quota_set": c.quotaView(q, q.PathValue("project"), api.PlainLimit)}, nil
}

func (c quotaAPI) dropQuotas(q *api.Request) (any, error) {
	if !q.Token.Admin {
		return nil, q.Forbid("os_compute_api:os-quota-sets:delete")
	}
	c.DropLimits(q.PathValue("project"), quotaNames)
	return nil, nil
}
