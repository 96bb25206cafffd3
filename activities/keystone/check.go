package keystone

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/domains"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/groups"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/projects"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/roles"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/users"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/activities/neutron"
	"novaflow/saga"
)

// CheckProjectAction looks everything up that a new project needs.
var CheckProjectAction = saga.Read((*Activities)(nil).CheckProject).With(task.SurveyOptions)

// ProjectQuery says what a project is to be created from. Names may be ids.
type ProjectQuery struct {
	Cloud string `json:"cloud"`
	// the run that asks; its own project is no obstacle
	Run    string                    `json:"run,omitempty"`
	Name   string                    `json:"name"`
	Domain string                    `json:"domain,omitempty"` // "": the domain of the administrator's project
	Quotas map[string]map[string]int `json:"quotas,omitempty"` // by service
	Roles  []RoleQuery               `json:"roles,omitempty"`
	// of the router's gateway; "": none; AutoNetwork: the only one
	ExternalNetwork string `json:"externalNetwork,omitempty"`
}

// RoleQuery is a role for a user or a group of the project's domain.
type RoleQuery struct {
	Role  string `json:"role"`
	User  string `json:"user,omitempty"`  // or
	Group string `json:"group,omitempty"` // one of the two
}

// ProjectPlan is what the names stand for.
type ProjectPlan struct {
	DomainID        string             `json:"domainId"`
	Roles           []RoleAssignment   `json:"roles,omitempty"` // in the order of the query, without a project
	ExternalNetwork neutron.NetworkRef `json:"externalNetwork,omitzero"`
}

// CheckProject looks everything up that the request names, before the first effect. If
// anything is wrong it returns one terminal error of type InvalidRequest with every
// problem on a line of its own.
func (a *Activities) CheckProject(ctx context.Context, q ProjectQuery) (ProjectPlan, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (ProjectPlan, error) {
		f, err := gatherProject(ctx, c, q)
		if err != nil {
			return ProjectPlan{}, err
		}
		plan, problems := f.plan(q)
		if len(problems) > 0 {
			return ProjectPlan{}, cloud.Invalid("project %q cannot be created on cloud %q:\n- %s", q.Name, q.Cloud,
				strings.Join(problems, "\n- "))
		}
		return plan, nil
	})
}

// idName is a resource of keystone.
type idName struct{ ID, Name, DomainID string }

func (n idName) naming() (string, string) { return n.ID, n.Name }

// projectFacts is what a cloud has that matters for a request for a project.
type projectFacts struct {
	home                          string // domain of the administrator's project
	domains, users, groups, roles []idName
	namesakes                     []Project
	quotas                        map[string]map[string]int
	networks                      []neutron.VisibleNetwork
}

// gatherProject asks the cloud everything at once. Users and groups are asked for by
// name: there may be very many.
func gatherProject(ctx context.Context, c *cloud.Client, q ProjectQuery) (projectFacts, error) {
	f := projectFacts{quotas: map[string]map[string]int{}}
	tasks := []func() error{
		func() error {
			own, err := Projects.Get(ctx, c, c.Project)
			f.home = own.DomainID
			return err
		},
		func() (err error) { f.domains, err = listDomains(ctx, c); return },
		func() (err error) { f.roles, err = listRoles(ctx, c); return },
		func() (err error) { f.users, err = findUsers(ctx, c, q.Roles); return },
		func() (err error) { f.groups, err = findGroups(ctx, c, q.Roles); return },
		func() (err error) {
			f.namesakes, err = ListProjectsWith(ctx, c, projects.ListOpts{Name: q.Name})
			return cloud.Keystone.Op(cloud.Listing, "find "+resource.Describe(resource.KindProject, q.Name, "")).
				Wrap(ctx, err)
		},
	}
	services := slices.Sorted(maps.Keys(q.Quotas))
	defaults := make([]map[string]int, len(services))
	for i, service := range services {
		if _, known := quotaAPIs[service]; known {
			tasks = append(tasks, func() (err error) { defaults[i], err = defaultQuotas(ctx, c, service); return })
		}
	}
	if q.ExternalNetwork != "" {
		tasks = append(tasks, func() (err error) { f.networks, err = neutron.ListVisibleNetworks(ctx, c); return })
	}
	err := cloud.ExplainForbidden(c, "projects", resource.InParallel(tasks...))
	for i, service := range services {
		f.quotas[service] = defaults[i]
	}
	return f, err
}

// projectPlanner turns facts into a plan and collects the problems.
type projectPlanner struct {
	precheck.Problems
	facts projectFacts
	q     ProjectQuery
	out   ProjectPlan
}

func (f projectFacts) plan(q ProjectQuery) (ProjectPlan, []string) {
	p := &projectPlanner{facts: f, q: q}
	p.domain()
	p.namesake()
	p.roles()
	p.limits()
	p.out.ExternalNetwork = neutron.ChooseExternalNetwork(&p.Problems, f.networks, q.ExternalNetwork, "a gateway")
	return p.out, p.List()
}

func (p *projectPlanner) domain() {
	if d := precheck.Choose(&p.Problems, "domain", cmp.Or(p.q.Domain, p.facts.home), p.facts.domains,
		idName.naming); d != nil {
		p.out.DomainID = d.ID
	}
}

func (p *projectPlanner) namesake() {
	for _, n := range p.facts.namesakes {
		if n.Name == p.q.Name && n.DomainID == p.out.DomainID && (n.Mark == "" || n.Mark.Run() != p.q.Run) {
			p.Add("project %q exists already in that domain (%s): choose another name, or purge that project first",
				n.Name, n.ID)
		}
	}
}

func (p *projectPlanner) roles() {
	for _, r := range p.q.Roles {
		var a RoleAssignment
		if role := precheck.Choose(&p.Problems, "role", r.Role, p.facts.roles, idName.naming); role != nil {
			a = RoleAssignment{Cloud: p.q.Cloud, RoleID: role.ID, Name: r.String()}
		}
		kind, wanted, all := "user", r.User, p.facts.users
		if r.Group != "" {
			kind, wanted, all = "group", r.Group, p.facts.groups
		}
		at := slices.IndexFunc(all, func(n idName) bool {
			return n.ID == wanted || n.Name == wanted && n.DomainID == p.out.DomainID
		})
		switch {
		case p.out.DomainID == "": // said already
		case at < 0:
			p.Add("there is no %s %q in the project's domain: name one that there is, or give the id of one of "+
				"another domain", kind, wanted)
		case r.Group != "":
			a.GroupID = all[at].ID
		default:
			a.UserID = all[at].ID
		}
		if same := func(b RoleAssignment) bool {
			return b.RoleID == a.RoleID && b.UserID == a.UserID && b.GroupID == a.GroupID
		}; at >= 0 && a.RoleID != "" && slices.ContainsFunc(p.out.Roles, same) {
			p.Add("role %s is given twice: leave one out", r)
		}
		p.out.Roles = append(p.out.Roles, a)
	}
}

// String returns the assignment as users write it.
func (r RoleQuery) String() string {
	if r.Group != "" {
		return r.Role + "=group:" + r.Group
	}
	return r.Role + "=" + r.User
}

func (p *projectPlanner) limits() {
	for _, service := range slices.Sorted(maps.Keys(p.q.Quotas)) {
		if _, known := quotaAPIs[service]; !known {
			p.Add("there are no quotas of %q%s", service,
				precheck.Advise(service, slices.Collect(maps.Keys(quotaAPIs))))
			continue
		}
		known := slices.Sorted(maps.Keys(p.facts.quotas[service]))
		for _, key := range slices.Sorted(maps.Keys(p.q.Quotas[service])) {
			if _, has := p.facts.quotas[service][key]; !has {
				p.Add("there is no quota %q of %s%s", key, service, precheck.Advise(key, known))
			}
			if n := p.q.Quotas[service][key]; n < -1 {
				p.Add("quota %s.%s: %d is less than -1, which is no limit", service, key, n)
			}
		}
	}
}

func listDomains(ctx context.Context, c *cloud.Client) (found []idName, err error) {
	op := cloud.Keystone.Op(cloud.Listing, "list domains")
	pages, err := domains.List(c.Identity, domains.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := domains.ExtractDomains(pages)
	for _, d := range all {
		found = append(found, idName{ID: d.ID, Name: d.Name})
	}
	return found, op.Wrap(ctx, err)
}

func listRoles(ctx context.Context, c *cloud.Client) (found []idName, err error) {
	op := cloud.Keystone.Op(cloud.Listing, "list roles")
	pages, err := roles.List(c.Identity, roles.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := roles.ExtractRoles(pages)
	for _, r := range all {
		found = append(found, idName{ID: r.ID, Name: r.Name})
	}
	return found, op.Wrap(ctx, err)
}

func findUsers(ctx context.Context, c *cloud.Client, wanted []RoleQuery) ([]idName, error) {
	return findEach(wanted, func(r RoleQuery) string { return r.User }, func(id string) (idName, error) {
		u, err := users.Get(ctx, c.Identity, id).Extract()
		if err != nil {
			return idName{}, cloud.Keystone.Op(cloud.Reading, "show user "+id).Wrap(ctx, err)
		}
		return idName{u.ID, u.Name, u.DomainID}, nil
	}, func(name string) (found []idName, err error) {
		op := cloud.Keystone.Op(cloud.Listing, "find user "+name)
		pages, err := users.List(c.Identity, users.ListOpts{Name: name}).AllPages(ctx)
		if err != nil {
			return nil, op.Wrap(ctx, err)
		}
		all, err := users.ExtractUsers(pages)
		for _, u := range all {
			found = append(found, idName{u.ID, u.Name, u.DomainID})
		}
		return found, op.Wrap(ctx, err)
	})
}

func findGroups(ctx context.Context, c *cloud.Client, wanted []RoleQuery) ([]idName, error) {
	return findEach(wanted, func(r RoleQuery) string { return r.Group }, func(id string) (idName, error) {
		g, err := groups.Get(ctx, c.Identity, id).Extract()
		if err != nil {
			return idName{}, cloud.Keystone.Op(cloud.Reading, "show group "+id).Wrap(ctx, err)
		}
		return idName{g.ID, g.Name, g.DomainID}, nil
	}, func(name string) (found []idName, err error) {
		op := cloud.Keystone.Op(cloud.Listing, "find group "+name)
		pages, err := groups.List(c.Identity, groups.ListOpts{Name: name}).AllPages(ctx)
		if err != nil {
			return nil, op.Wrap(ctx, err)
		}
		all, err := groups.ExtractGroups(pages)
		for _, g := range all {
			found = append(found, idName{g.ID, g.Name, g.DomainID})
		}
		return found, op.Wrap(ctx, err)
	})
}

// findEach finds, for each word once, the resource with that id or those of that name.
func findEach(wanted []RoleQuery, word func(RoleQuery) string, get func(string) (idName, error),
	list func(string) ([]idName, error)) (found []idName, err error) {
	seen := map[string]bool{"": true}
	for _, r := range wanted {
		w := word(r)
		if seen[w] {
			continue
		}
		seen[w] = true
		if resource.LooksLikeID(w) {
			one, err := get(w)
			if cloud.IgnoreGone(err) != nil {
				return nil, err
			}
			if err == nil {
				found = append(found, one)
				continue
			}
		}
		some, err := list(w)
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}
