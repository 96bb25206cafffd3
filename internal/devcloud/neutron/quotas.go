package neutron

import (
	"net/http"
	"slices"

	"novaflow/internal/devcloud/api"
)

// quotaAPI serves /quotas.
type quotaAPI struct{ *Neutron }

func (c quotaAPI) quotaRoutes() []api.Route {
	return []api.Route{
		api.NewRoute("GET /quotas/{project}", http.StatusOK, c.showQuotas),
		api.NewRoute("GET /quotas/{project}/default", http.StatusOK, c.showDefaults),
		api.NewRoute("GET /quotas/{project}/{details}", http.StatusOK, c.showDetails),
		api.NewRoute("PUT /quotas/{project}", http.StatusOK, c.setQuotas),
		api.NewRoute("DELETE /quotas/{project}", http.StatusNoContent, c.dropQuotas),
	}
}

var quotaNames = []string{"network", "subnet", "subnetpool", "port", "router", "floatingip", "rbac_policy",
	"security_group", "security_group_rule"}

func (c quotaAPI) showQuotas(q *api.Request) (any, error) {
	project := q.PathValue("project")
	if !q.Sees(project) {
		return nil, disallow("rule:get_quota is disallowed by policy")
	}
	limits := obj{}
	for _, r := range quotaNames {
		limits[r] = c.Limit(project, r)
	}
	return obj{"quota": limits}, nil
}

func (c quotaAPI) showDefaults(*api.Request) (any, error) {
	limits := obj{}
	for _, r := range quotaNames {
		limits[r] = c.Limit("", r)
	}
	return obj{"quota": limits}, nil
}

func (c quotaAPI) showDetails(q *api.Request) (any, error) {
	project := q.PathValue("project")
	if !q.Sees(project) {
		return nil, disallow("rule:get_quota is disallowed by policy")
	}
	key := "project=" + project
	used := map[string]int{"network": c.Networks.Count(key), "subnet": c.Subnets.Count(key),
		"port": c.Ports.Count(key), "router": c.Routers.Count(key), "floatingip": c.FloatingIPs.Count(key),
		"security_group": c.SecGroups.Count(key), "security_group_rule": c.SecRules.Count(key)}
	details := obj{}
	for _, r := range quotaNames {
		details[r] = obj{"limit": c.Limit(project, r), "used": used[r], "reserved": 0}
	}
	return obj{"quota": details}, nil
}

func (c quotaAPI) setQuotas(q *api.Request) (any, error) {
	if !q.Token.Admin {
		return nil, disallow("rule:update_quota is disallowed by policy")
	}
	var body struct {
		Quota map[string]int `json:"quota"`
	}
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	for r, n := range body.Quota {
		if n < -1 {
			return nil, badRequest("Invalid input for %s. Reason: '%d' should be in range -1 to 2147483647.", r, n)
		}
		if !slices.Contains(quotaNames, r) {
			return nil, badRequest("Unrecognized attribute(s) '%s'", r)
		}
	}
	c.SetLimits(q.PathValue("project"), body.Quota)
	return c.showQuotas(q)
}

func (c quotaAPI) dropQuotas(q *api.Request) (any, error) {
	if !q.Token.Admin {
		return nil, disallow("rule:delete_quota is disallowed by policy")
	}
	project := q.PathValue("project")
	set, _ := c.Quotas.Get(project)
	if set == nil || !slices.ContainsFunc(quotaNames, func(r string) bool { _, ok := set.Limits[r]; return ok }) {
		return nil, notFound("TenantQuotaNotFound", "Quota for tenant %s could not be found.", project)
	}
	c.DropLimits(project, quotaNames)
	return nil, nil
}
