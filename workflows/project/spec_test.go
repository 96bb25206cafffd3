package project_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/workflows/project"
	"novaflow/workflows/spec"
)

var asAdmin = spec.RunOptions{Cloud: "devcloud-admin"}

func TestBadRequestsForProjectsAreRefusedAllAtOnce(t *testing.T) {
	for _, c := range []struct {
		req   spec.Spec
		words []string
	}{
		{project.BootstrapSpec{}, []string{"cloud: missing", "name: missing"}},
		{project.BootstrapSpec{RunOptions: asAdmin, Name: strings.Repeat("x", 65),
			Quotas: map[string]map[string]int{"dns": {"zones": 1}, "compute": {"cores": -2}},
			Roles: []project.RoleSpec{{}, {Role: "member", User: "a", Group: "b"}, {Role: "reader", User: "a"},
				{Role: "reader", User: "a"}}},
			[]string{"more than 64", `none of "dns"`, "compute.cores: -2", "role 0: missing",
				"role 1: member: give a user or a group", "role 3: reader=a is there twice"}},
		{project.BootstrapSpec{RunOptions: asAdmin, Name: "p", Network: project.NetworkSpec{ExternalNetwork: "public"}},
			[]string{"network: name: missing", "network: subnets: give at least one", "network: external network"}},
	} {
		err := c.req.Validate()
		require.Error(t, err, "%+v", c.req)
		for _, w := range c.words {
			require.ErrorContains(t, err, w)
		}
		require.GreaterOrEqual(t, len(strings.Split(err.Error(), "\n")), len(c.words))
	}
}
