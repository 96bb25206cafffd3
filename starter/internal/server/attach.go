package server

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// newAddCommand groups what can be attached to a server.
func newAddCommand(session *runs.Session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "add", Short: "Attach a volume or a port to a server",
		Long:    "Attach a volume or a port to a server.",
		Example: "  novaflow server add volume web-1 data-1", Args: cobra.ArbitraryArgs, RunE: term.Group,
	}
	var device, networkName string
	volumeCmd := newAttachCommand(session, "volume SERVER VOLUME", "Attach a volume to a server",
		`Attach a volume to a server. Both are locked meanwhile. If this fails, the volume is
available again.`, "  novaflow server add volume web-1 data-1", cobra.ExactArgs(2),
		func(o spec.RunOptions, s clouds.Existing, args []string) change.Request {
			return change.Request{
				Done: "given volume " + args[1], Flow: addVolumeFlow,
				Summary: fmt.Sprintf("attach volume %s to %s", args[1], s.Name),
				Spec:    server.AttachVolumeSpec{RunOptions: o, Server: s.Word, Volume: args[1], Device: device},
			}
		})
	volumeCmd.Flags().StringVar(&device, "device", "", "name of the device in the server, if the hypervisor honours it")
	portCmd := newAttachCommand(session, "port SERVER [PORT]", "Attach a port to a server",
		`Attach a port to a server: an existing one, or with --network a new one. If this fails,
an existing port is free again, and a new one is deleted.`,
		"  novaflow server add port web-1 my-port\n  novaflow server add port web-1 --network private",
		cobra.RangeArgs(1, 2),
		func(o spec.RunOptions, s clouds.Existing, args []string) change.Request {
			request := server.AddPortSpec{RunOptions: o, Server: s.Word, Network: networkName}
			if len(args) > 1 {
				request.Port = args[1]
			}
			return change.Request{
				Done: "given a port", Flow: addPortFlow,
				Summary: fmt.Sprintf("attach port %s to %s", cmp.Or(request.Port, "on "+networkName), s.Name),
				Spec:    request,
			}
		})
	portCmd.Flags().StringVar(&networkName, "network", "", "network to create a port on, name or id")
	cmd.AddCommand(volumeCmd, portCmd)
	return cmd
}

// newRemoveCommand groups what can be detached from a server.
func newRemoveCommand(session *runs.Session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove", Short: "Detach a volume or a port from a server",
		Long:    "Detach a volume or a port from a server.",
		Example: "  novaflow server remove volume web-1 data-1", Args: cobra.ArbitraryArgs, RunE: term.Group,
	}
	var keep bool
	volumeCmd := newAttachCommand(session, "volume SERVER VOLUME", "Detach a volume from a server",
		`Detach a volume from a server. Both are locked meanwhile. If this fails, the volume is
attached again.`, "  novaflow server remove volume web-1 data-1", cobra.ExactArgs(2),
		func(o spec.RunOptions, s clouds.Existing, args []string) change.Request {
			return change.Request{
				Done: "freed of volume " + args[1], Flow: removeVolumeFlow,
				Summary: fmt.Sprintf("detach volume %s from %s", args[1], s.Name),
				Spec:    server.AttachVolumeSpec{RunOptions: o, Server: s.Word, Volume: args[1]},
			}
		})
	portCmd := newAttachCommand(session, "port SERVER PORT", "Detach a port from a server",
		`Detach a port from a server. A port that novaflow created is then deleted, unless --keep
is given. An existing port that you supplied stays.`, "  novaflow server remove port web-1 my-port", cobra.ExactArgs(2),
		func(o spec.RunOptions, s clouds.Existing, args []string) change.Request {
			return change.Request{
				Done: "freed of port " + args[1], Flow: removePortFlow,
				Summary: fmt.Sprintf("detach port %s from %s", args[1], s.Name),
				Spec:    server.RemovePortSpec{RunOptions: o, Server: s.Word, Port: args[1], Keep: keep},
			}
		})
	portCmd.Flags().BoolVar(&keep, "keep", false, "keep the port, even if novaflow created it")
	cmd.AddCommand(volumeCmd, portCmd)
	return cmd
}

// newAttachCommand builds a command about a server and something that is attached to it.
func newAttachCommand(session *runs.Session, use, short, long, example string, args cobra.PositionalArgs,
	newRequest func(spec.RunOptions, clouds.Existing, []string) change.Request) *cobra.Command {
	var flags change.Flags
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Example: example, Args: args,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := flags.Options()
			if err != nil {
				return err
			}
			found, err := clouds.Identify(cmd.Context(), session.ErrOut, &flags.Cloud, "server", args[0])
			if err != nil {
				return err
			}
			c := newRequest(o, found, args)
			c.Resource, c.ID = "server "+found.Name, spec.ServerWorkflowID(o.Cloud, found.Name)
			return change.Run(cmd.Context(), session, &flags, c)
		},
	}
	flags.Add(cmd)
	cmd.ValidArgsFunction = clouds.CompleteServers(&flags.Cloud)
	if strings.HasPrefix(use, "volume ") {
		cmd.ValidArgsFunction = term.SecondWord(cmd.ValidArgsFunction, clouds.CompleteVolumes(&flags.Cloud))
	}
	return cmd
}

// aboutAttached says what happened to a volume or port of a server.
func aboutAttached(is string) func(server.Attached) (string, [][2]string) {
	return func(at server.Attached) (string, [][2]string) {
		part := "volume " + at.Volume
		if at.Port != "" {
			part = "port " + at.Port
		}
		text := fmt.Sprintf("%s %s server %s", part, is, at.Server)
		if at.Deleted {
			text += ", and deleted, as novaflow had created it"
		}
		return text, [][2]string{{"device", at.Device}, {"addresses", strings.Join(at.Addresses, ", ")}}
	}
}
