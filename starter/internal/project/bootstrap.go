package project

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"novaflow/activities"
	"novaflow/activities/neutron"
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/project"
	"novaflow/workflows/spec"
)

func newBootstrapCommand(session *runs.Session) *cobra.Command {
	var described bootstrapFlags
	var flags change.Flags
	cmd := &cobra.Command{
		Use:   "bootstrap NAME",
		Short: "Create a project with its quotas, roles and network",
		Long: `Create a project with its quotas, with users and groups that have roles in it, and with a
network.

Either everything is created, or everything that was created is reverted and the reason is
shown in the cloud's own words. A --quota has the service's own names: compute.cores,
network.port, volume.gigabytes; -1 is no limit. Names of users and groups are those of the
project's domain; give ids for others. The keys after the range of a --subnet are as with
"novaflow network create". The cloud must be an entry for an administrator.`,
		Example: `  novaflow project bootstrap research --cloud admin \
      --quota compute.cores=20 --quota volume.gigabytes=100 --role member=alice --role reader=group:devs \
      --network research --subnet 192.168.7.0/24 --new-router --external-gateway auto
  novaflow project bootstrap research --cloud admin --file research.yaml --dry-run`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := change.ReadRequest(cmd, &flags, args, described.request)
			if err != nil {
				return err
			}
			return change.Run(cmd.Context(), session, &flags, change.Request{
				Resource: "project " + s.Name, Done: "created", ID: spec.ProjectWorkflowID(s.Cloud, s.Name),
				Flow:    bootstrapFlow,
				Summary: fmt.Sprintf("create project %s in %s", s.Name, s.Cloud), Spec: s,
			})
		},
	}
	described.add(cmd.Flags())
	flags.Add(cmd)
	flags.AddFile(cmd)
	term.Complete(cmd, "external-gateway", clouds.CompleteFrom(&flags.Cloud,
		func(ctx context.Context, c *activities.Clouds, name string) ([]string, error) {
			return neutron.ListNetworkNames(ctx, c, name, true)
		}))
	return cmd
}

// bootstrapFlags are the flags that describe a project.
type bootstrapFlags struct {
	domain, description    string
	quotas, roles, subnets []string
	network, external      string
	newRouter              bool
}

func (f *bootstrapFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.domain, "domain", "",
		"domain of the project, name or id (default: the domain of the administrator's project)")
	fs.StringVar(&f.description, "description", "", "what the project is for")
	fs.StringArrayVar(&f.quotas, "quota", nil,
		"what it may use, as `SERVICE.KEY=N`, such as compute.cores=20 (repeatable)")
	fs.StringArrayVar(&f.roles, "role", nil, "who may do what in it, as `ROLE=USER`, or ROLE=group:GROUP (repeatable)")
	fs.StringVar(&f.network, "network", "", "create a network with this `name` in it")
	fs.StringArrayVar(&f.subnets, "subnet", nil, "subnet of the network, as `CIDR[,KEY=VALUE]...` (repeatable)")
	fs.BoolVar(&f.newRouter, "new-router", false, "create a router with the network's name")
	fs.StringVar(&f.external, "external-gateway", "",
		"external `NETWORK` that the new router leads to, or the only one: auto")
}

// request turns the flags into the input of the workflow. All mistakes are reported
// together.
func (f *bootstrapFlags) request(o spec.RunOptions, name string) (project.BootstrapSpec, error) {
	s := project.BootstrapSpec{RunOptions: o, Name: name, Domain: f.domain, Description: f.description}
	s.Network.Name, s.Network.NewRouter, s.Network.ExternalNetwork = f.network, f.newRouter, f.external
	var problems []error
	for _, text := range f.quotas {
		problems = append(problems, parseQuota(text, &s))
	}
	for _, text := range f.roles {
		role, who, ok := strings.Cut(text, "=")
		r := project.RoleSpec{Role: role, User: who}
		if group, is := strings.CutPrefix(who, "group:"); is {
			r.User, r.Group = "", group
		}
		if !ok || role == "" || r.User+r.Group == "" {
			problems = append(problems, fmt.Errorf("--role %q: want ROLE=USER or ROLE=group:GROUP", text))
			continue
		}
		s.Roles = append(s.Roles, r)
	}
	for _, text := range f.subnets {
		n, err := change.ParseSubnet(text)
		s.Network.Subnets, problems = append(s.Network.Subnets, n), append(problems, err)
	}
	return s, errors.Join(append(problems, s.Validate())...)
}

// parseQuota reads SERVICE.KEY=N.
func parseQuota(text string, s *project.BootstrapSpec) error {
	path, number, _ := strings.Cut(text, "=")
	service, key, _ := strings.Cut(path, ".")
	n, err := strconv.Atoi(number)
	if service == "" || key == "" || err != nil {
		return fmt.Errorf("--quota %q: want SERVICE.KEY=N, such as compute.cores=20", text)
	}
	if _, twice := s.Quotas[service][key]; twice {
		return fmt.Errorf("--quota %q: it is given twice", path)
	}
	if s.Quotas == nil {
		s.Quotas = map[string]map[string]int{}
	}
	if s.Quotas[service] == nil {
		s.Quotas[service] = map[string]int{}
	}
	s.Quotas[service][key] = n
	return nil
}

func aboutProject(p project.Project) (string, [][2]string) {
	fields := [][2]string{{"id", p.ID}, {"domain", p.Domain}}
	if p.Network != nil {
		_, parts := change.AboutNetwork(*p.Network)
		parts[0][0] = "network " + p.Network.Name
		fields = append(fields, parts...)
	}
	return fmt.Sprintf("project %s was created", p.Name), fields
}
