package server

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

func newSnapshotCommand(session *runs.Session) *cobra.Command {
	var name string
	return newChangeCommand(session, changeCommand{
		use: "snapshot NAME|ID --name IMAGE", short: "Create an image of a server",
		long: `Create an image of a server, from which other servers can be created. The image of a
server that boots from a volume consists of snapshots of all its volumes.

Either the image is complete, or nothing of it is left.`,
		example: "  novaflow server snapshot web-1 --name web-1-monday",
		flags:   func(cmd *cobra.Command) { cmd.Flags().StringVar(&name, "name", "", "`NAME` of the image") },
		change: func(o spec.RunOptions, s clouds.Existing) (change.Request, error) {
			return change.Request{
				Done: "saved", Flow: snapshotFlow,
				Summary: fmt.Sprintf("snapshot of server %s in %s as %s", s.Name, o.Cloud, name),
				Spec:    server.SnapshotSpec{RunOptions: o, Server: s.Word, Name: name},
			}, nil
		},
	})
}

func aboutSnapshot(s server.CreatedImage) (string, [][2]string) {
	return fmt.Sprintf("image %s is %s", s.Name, s.Status), [][2]string{
		{"id", s.ID}, {"server", s.Server}, {"snapshots", strings.Join(s.Snapshots, ", ")},
	}
}
