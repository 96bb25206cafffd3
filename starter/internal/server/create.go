package server

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

func newCreateCommand(session *runs.Session) *cobra.Command {
	described := specFlags{seal: session.Seal}
	var flags change.Flags
	cmd := &cobra.Command{
		Use:   "create NAME --image IMAGE --flavor FLAVOR --network NETWORK",
		Short: "Create a server with its ports, volumes and addresses",
		Long: `Create a server with its ports, volumes, security group, key pair, server group and
floating IP.

Either everything is created, or everything that was created is reverted and the reason
is shown in the cloud's own words. The work goes on when this command is interrupted,
because a worker does it.

Existing ports and volumes can be used too. They are never deleted: if the server is
reverted, or deleted later, they are free again as they were before.

The server boots from an image, from a new volume created from an image or a snapshot,
or from an existing volume. If several flavors or availability zones are given, they are
tried in order while the cloud lacks capacity: all zones with the first flavor, then all
zones with the next. Any other failure ends the run at once.`,
		Example: `  novaflow server create web-1 --image tiny --flavor m1.small --network private
  novaflow server create db-1 --image tiny --flavor m1.small --network private,ip=10.10.0.7 \
      --boot-volume 10 --volume 100 --floating-ip auto --ingress tcp:22 --ingress tcp:5432:10.0.0.0/8
  novaflow server create db-2 --flavor m1.large --flavor m1.small --port db-2-port --volume db-2-boot --volume db-2-data
  novaflow server create web-2 --snapshot golden --flavor m1.small --network private --security-group web \
      --key-name web-2 --public-key ~/.ssh/id_ed25519.pub --user-data cloud-init.yaml --ready http:80/health
  novaflow server create web-1 --file web.yaml --dry-run`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := change.ReadRequest(cmd, &flags, args, described.spec)
			if err != nil {
				return err
			}
			return change.Run(cmd.Context(), session, &flags, NewCreateRequest(s))
		},
	}
	described.add(cmd.Flags())
	flags.Add(cmd)
	flags.AddFile(cmd)
	completeCreateFlags(cmd, &flags.Cloud)
	return cmd
}

// NewCreateRequest returns the request to create a server.
func NewCreateRequest(s server.CreateSpec) change.Request {
	return change.Request{
		Resource: "server " + s.Name, Done: "created", ID: spec.ServerWorkflowID(s.Cloud, s.Name),
		Flow: createFlow, Summary: summarizeCreate(s), Spec: s, Shown: s.Shown(),
	}
}

// summarizeCreate describes a create for the list of runs.
func summarizeCreate(s server.CreateSpec) string {
	from := cmp.Or(s.Image, s.Snapshot, s.BootFrom)
	return fmt.Sprintf("create server %s in %s: %s from %s", s.Name, s.Cloud,
		strings.Join(append([]string{s.Flavor}, s.FallbackFlavors...), " or "), from)
}

// completeCreateFlags completes the flags that describe a server.
func completeCreateFlags(cmd *cobra.Command, cloud *clouds.Flags) {
	networks := func(external bool) term.Completer {
		return clouds.CompleteFrom(cloud, func(ctx context.Context, c *activities.Clouds,
			name string) ([]string, error) {
			return neutron.ListNetworkNames(ctx, c, name, external)
		})
	}
	term.Complete(cmd, "image", clouds.CompleteImageNames(cloud))
	term.Complete(cmd, "flavor", clouds.CompleteFlavors(cloud))
	term.Complete(cmd, "key-name", clouds.CompleteFrom(cloud, nova.ListKeyPairNames))
	term.Complete(cmd, "network", networks(false))
	term.Complete(cmd, "floating-ip", networks(true))
	term.Complete(cmd, "server-group-policy", term.Fixed(nova.Policies...))
	term.Complete(cmd, "ready", term.Fixed("tcp:22", "http:80", "https:443"))
	term.Complete(cmd, "ingress", term.Fixed("tcp:22", "tcp:80", "tcp:443", "icmp"))
}

func aboutServer(s server.Server) (string, [][2]string) {
	return fmt.Sprintf("server %s is %s", s.Name, s.Status), [][2]string{
		{"id", s.ID},
		{"addresses", strings.Join(s.Addresses, ", ")},
		{"floating IP", s.FloatingIP},
		{"ports", strings.Join(s.Ports, ", ")},
		{"boot volume", s.BootVolume},
		{"volumes", strings.Join(s.Volumes, ", ")},
		{"flavor", s.Flavor},
		{"zone", s.Zone},
		{"key pair", s.KeyPair},
		{"server group", s.ServerGroup},
	}
}
