package workflows_test

import (
	"fmt"
	"slices"
	"testing"

	"novaflow/internal/devcloud"
	"novaflow/saga/sagatest"
	"novaflow/workflows/project"
	"novaflow/workflows/spec/topology"
)

// wholeProject asks for everything that ProjectBootstrap can make.
var wholeProject = project.BootstrapSpec{
	RunOptions: devcloudAdmin, Name: "research", Description: "the research group",
	Quotas: map[string]map[string]int{"compute": {"cores": 20, "instances": 10}, "network": {"port": 50},
		"volume": {"gigabytes": 100}},
	Roles: []project.RoleSpec{{Role: "member", User: "demo"}, {Role: "reader", Group: "devs"}},
	Network: project.NetworkSpec{
		Name: "research", Subnets: []topology.SubnetSpec{{CIDR: "192.168.7.0/24"}}, NewRouter: true,
		ExternalNetwork: "auto",
	},
}

// onKeystone is a fault of keystone.
func onKeystone(method, path, action string, count, skip int) devcloud.Fault {
	return devcloud.Fault{Service: "keystone", Method: method, Path: path, Action: action, Count: count, Skip: skip}
}

// projectTroubles are those of keystone and of quotas; what networks get along with is
// tried with NetworkCreate.
var projectTroubles = []trouble{
	{name: "lists lag", faults: []devcloud.Fault{onKeystone("POST", "/projects$", "lag:25ms", 0, 0)}},
	{name: "answers are lost",
		faults: append(onEach("PUT", "quota", "after:500", 1, 0), onKeystone("POST", "/projects$", "after:500", 1, 0),
			onKeystone("PUT", "/roles/", "after:503", 2, 0), onKeystone("DELETE", ".", "after:500", 2, 0))},
	{name: "connections drop", faults: append(onEach("PUT", "quota", "drop", 1, 0),
		onKeystone("POST", "/projects$", "drop", 1, 0), onKeystone("PUT", "/roles/", "drop", 1, 1))},
	{name: "bursts of 503", faults: append(onEach("PUT", "quota", "503", 1, 0), onKeystone("POST", "/projects$", "503",
		3, 0), onKeystone("GET", ".", "503", 2, 4), onKeystone("DELETE", ".", "503", 2, 0))},
	{name: "deletes are refused for a while", faults: onEach("DELETE", ".", "own:409", 2, 0)},
	{name: "404 from a wrong end point", faults: []devcloud.Fault{onKeystone("GET", ".", "404", 1, 8)}},
	{name: "tokens expire",
		faults: append(onEach("*", ".", "expire", 1, 5), onKeystone("*", "/v3/[^a]", "expire", 1, 5))},
}

// projectRefusals are clouds in which no such project comes to be.
var projectRefusals = []trouble{
	{name: "a quota is refused", refuses: true, faults: []devcloud.Fault{{Service: "cinder", Method: "PUT",
		Path: "/os-quota-sets/", Action: "own:400", Text: "Quota limit is too low."}}},
	{name: "a role is refused", refuses: true,
		faults: []devcloud.Fault{onKeystone("PUT", "/groups/", "own:403", 0, 0)}},
	{name: "interfaces are refused", refuses: true, faults: []devcloud.Fault{{Service: "neutron", Method: "PUT",
		Path: "/add_router_interface$", Action: "own:400", Text: "Bad router request: no."}}},
}

// A project is created whole or not at all, whatever happens to which task, in whatever
// cloud; its quotas, roles and its group "default" do not outlive it.
func TestProjectBootstrapLeavesNothingOrExactlyItself(t *testing.T) {
	t.Parallel()
	starts := worlds(slices.Concat(projectTroubles, projectRefusals), perTrouble, func(testing.TB, *cloudWorld) {})
	starts[0].Sample = perClean / 2
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: project.Bootstrap.Workflow, Input: wholeProject, Pairs: max(pairs/2, 1),
		Check: func(w sagatest.World, result sagatest.Result) error {
			var p project.Project
			if err := result(&p); err != nil {
				return err
			}
			if p.ID == "" || p.Domain == "" || p.Network == nil || p.Network.Router == "" ||
				len(p.Network.Subnets) != 1 {
				return fmt.Errorf("the project lacks something: %+v", p)
			}
			return projectIs(w.(*cloudWorld), p.ID)
		},
	}, starts...)
	requireAll(t, r, 12)
}

// projectIs fails unless the project is as wholeProject asks for it.
func projectIs(w *cloudWorld, id string) error {
	found := map[string]int{}
	for _, o := range w.Cloud.Inventory() {
		switch {
		case o.Kind == "project" && o.ID == id && o.Use != "member=demo reader=group:devs":
			return fmt.Errorf("not everybody has their role: %q", o.Use)
		case o.Kind == "quota" && o.ID == id && o.Status != "map[cores:20 gigabytes:100 instances:10 port:50]":
			return fmt.Errorf("the quotas are %s", o.Status)
		case o.Project == "research":
			found[o.Kind]++
		}
	}
	if found["network"] != 1 || found["subnet"] != 1 || found["router"] != 1 || found["security-group"] != 1 {
		return fmt.Errorf("not all is in the project: %v", found)
	}
	return nil
}
