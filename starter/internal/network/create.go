package network

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"novaflow/activities"
	"novaflow/activities/neutron"
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/network"
	"novaflow/workflows/spec"
)

func newCreateCommand(session *runs.Session) *cobra.Command {
	var described createFlags
	var flags change.Flags
	cmd := &cobra.Command{
		Use:   "create NAME --subnet CIDR",
		Short: "Create a network with its subnets, router and security group",
		Long: `Create a network with its subnets, a router that serves them and a security group.

Either everything is created, or everything that was created is reverted and the reason is
shown in neutron's own words. A router that you name is used and never deleted. The keys
after the range of a --subnet are named as the flags of "openstack subnet create": name,
gateway (an address or none), dns-nameserver, allocation-pool (as START-END), ipv6-ra-mode,
ipv6-address-mode, each as KEY=VALUE, and no-dhcp and no-router. dns-nameserver and
allocation-pool may be repeated.`,
		Example: `  novaflow network create app --subnet 192.168.7.0/24 --new-router --external-gateway auto
  novaflow network create app \
      --subnet 10.7.0.0/24,gateway=10.7.0.254,dns-nameserver=192.0.2.53,allocation-pool=10.7.0.10-10.7.0.99 \
      --subnet fd00:7::/64,ipv6-ra-mode=slaac,ipv6-address-mode=slaac --router edge --ingress tcp:22
  novaflow network create app --file app.yaml --dry-run`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := change.ReadRequest(cmd, &flags, args, described.request)
			if err != nil {
				return err
			}
			return change.Run(cmd.Context(), session, &flags, change.Request{
				Resource: "network " + s.Name, Done: "created", ID: spec.NetworkWorkflowID(s.Cloud, s.Name),
				Flow: createFlow,
				Summary: fmt.Sprintf("create network %s in %s: %s", s.Name, s.Cloud,
					strings.Join(described.subnets, ", ")), Spec: s,
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
	term.Complete(cmd, "ingress", term.Fixed("tcp:22", "tcp:80", "tcp:443", "icmp"))
	return cmd
}

// createFlags are the flags that describe a network.
type createFlags struct {
	subnets, ingress                      []string
	mtu                                   int
	noPortSecurity, newRouter, wantsGroup bool
	router, external                      string
}

func (f *createFlags) add(fs *pflag.FlagSet) {
	fs.StringArrayVar(&f.subnets, "subnet", nil, "subnet, as `CIDR[,KEY=VALUE]...` (repeatable)")
	fs.IntVar(&f.mtu, "mtu", 0, "largest packet, in `bytes` (default: what the cloud offers)")
	fs.BoolVar(&f.noPortSecurity, "disable-port-security", false,
		"do not protect ports against false addresses; they then have no security groups")
	fs.BoolVar(&f.newRouter, "new-router", false, "create a router with the network's name")
	fs.StringVar(&f.router, "router", "", "use this router, by name or id; it is never deleted")
	fs.StringVar(&f.external, "external-gateway", "",
		"external `NETWORK` that the new router leads to, or the only one: auto")
	fs.BoolVar(&f.wantsGroup, "security-group", false, "create a security group with the network's name")
	fs.StringArrayVar(&f.ingress, "ingress", nil,
		"traffic that the security group admits, as `PROTOCOL[:PORT[:CIDR]]`, such as tcp:22 or icmp (repeatable)")
}

// request turns the flags into the input of the workflow. All mistakes are reported
// together.
func (f *createFlags) request(o spec.RunOptions, name string) (network.CreateSpec, error) {
	s := network.CreateSpec{
		RunOptions: o, Name: name, MTU: f.mtu, NoPortSecurity: f.noPortSecurity,
		NewRouter: f.newRouter, Router: f.router, ExternalNetwork: f.external, SecurityGroup: f.wantsGroup,
	}
	var problems []error
	for _, text := range f.subnets {
		n, err := change.ParseSubnet(text)
		s.Subnets, problems = append(s.Subnets, n), append(problems, err)
	}
	for _, text := range f.ingress {
		r, err := change.ParseIngress(text)
		if problems = append(problems, err); err == nil {
			s.Ingress = append(s.Ingress, r)
		}
	}
	return s, errors.Join(append(problems, s.Validate())...)
}
