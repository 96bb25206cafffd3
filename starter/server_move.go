package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

func serverResizeCommand(session *runs.Session) *cobra.Command {
	var flavors []string
	var ready readyFlags
	return serverChangeCommand(session, serverChange{
		use: "resize NAME|ID --flavor FLAVOR...", short: "Give a server another flavor",
		long: `Give a server another flavor, and confirm it. With several, they are tried in the order
given until nova can place one.

Until it is confirmed, a failure brings the server back to its old flavor; --ready makes
it one if the server does not answer with the new flavor.`,
		example: "  novaflow server resize web-1 --flavor m1.large --flavor m1.medium --ready tcp:22",
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringArrayVar(&flavors, "flavor", nil, "name or id of the `FLAVOR`; may be given several times")
			ready.add(cmd.Flags())
		},
		change: func(o workflows.RunOptions, s clouds.Existing) (change.Request, error) {
			var bad term.Problems
			probes := ready.readiness(&bad)
			return change.Request{
				Done: "resized", Flow: serverResizeFlow,
				Summary:  fmt.Sprintf("resize server %s in %s to %s", s.Name, o.Cloud, strings.Join(flavors, " or ")),
				Spec:     workflows.ResizeSpec{RunOptions: o, Server: s.Word, Flavors: flavors, Readiness: probes},
				Problems: bad,
			}, nil
		},
	})
}

func serverMigrateCommand(session *runs.Session) *cobra.Command {
	var live bool
	var hostName string
	var ready readyFlags
	return serverChangeCommand(session, serverChange{
		use: "migrate NAME|ID [--live] [--host HOST]", short: "Move a server to another host, as an administrator",
		long: `Move a server to another host: shut down and started again there, or with --live while it
runs. It is found by its name in all projects, and the cloud must be an entry for an
administrator.

A cold migration goes back until it is confirmed, and does if the server does not answer
to what --ready names. A live one is aborted while it is under
way; a server that has arrived stays where it is.`,
		example: "  novaflow server migrate web-1 --cloud admin --live",
		flags: func(cmd *cobra.Command) {
			cmd.Flags().BoolVar(&live, "live", false, "while it runs")
			cmd.Flags().StringVar(&hostName, "host", "", "`HOST` to move it to (default: nova chooses)")
			ready.add(cmd.Flags())
		},
		change: func(o workflows.RunOptions, s clouds.Existing) (change.Request, error) {
			var bad term.Problems
			probes := ready.readiness(&bad)
			return change.Request{
				Done: "migrated", Flow: serverMigrateFlow,
				Summary:  strings.TrimSpace(fmt.Sprintf("migrate server %s in %s %s", s.Name, o.Cloud, hostName)),
				Spec:     workflows.MigrateSpec{RunOptions: o, Server: s.Word, Live: live, Host: hostName, Readiness: probes},
				Problems: bad,
			}, nil
		},
	})
}

func serverRebuildCommand(session *runs.Session) *cobra.Command {
	var imageName string
	return serverChangeCommand(session, serverChange{
		use: "rebuild NAME|ID --image IMAGE", short: "Write a server's disk anew; what is on it is lost",
		long: `Write the disk of a server anew from an image. What is on the disk is lost, and nothing
brings it back: once nova has accepted, the run only goes forward. Addresses, ports and
volumes stay.`,
		example: "  novaflow server rebuild web-1 --image tiny",
		flags:   func(cmd *cobra.Command) { cmd.Flags().StringVar(&imageName, "image", "", "name or id of the `IMAGE`") },
		change: func(o workflows.RunOptions, s clouds.Existing) (change.Request, error) {
			return change.Request{
				Done: "rebuilt", Flow: serverRebuildFlow,
				Summary: fmt.Sprintf("rebuild server %s in %s from %s", s.Name, o.Cloud, imageName),
				Spec:    workflows.RebuildSpec{RunOptions: o, Server: s.Word, Image: imageName},
			}, nil
		},
	})
}

func aboutResized(r workflows.Resized) (string, [][2]string) {
	return fmt.Sprintf("server %s is %s with flavor %s", r.Name, r.Status, r.Flavor), [][2]string{
		{"id", r.ID}, {"flavor before", r.Was}, {"host", r.Host}, {"host before", r.From},
	}
}

func aboutMigrated(r workflows.Resized) (string, [][2]string) {
	return fmt.Sprintf("server %s is %s on host %s", r.Name, r.Status, r.Host), [][2]string{{"id", r.ID}, {"host before", r.From}}
}

func aboutRebuilt(r workflows.Rebuilt) (string, [][2]string) {
	return fmt.Sprintf("server %s is rebuilt and %s", r.Name, r.Status), [][2]string{{"id", r.ID}, {"image", r.Image}, {"image before", r.Was}}
}
