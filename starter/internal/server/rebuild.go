package server

import (
	"fmt"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

func newRebuildCommand(session *runs.Session) *cobra.Command {
	var imageName string
	return newChangeCommand(session, changeCommand{
		use: "rebuild NAME|ID --image IMAGE", short: "Rewrite a server's disk from an image; its content is lost",
		long: `Rewrite the disk of a server from an image. What is on the disk is lost and cannot be
restored: once nova has accepted, the run only goes forward. Addresses, ports and volumes
stay.`,
		example: "  novaflow server rebuild web-1 --image tiny",
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringVar(&imageName, "image", "", "name or id of the `IMAGE`")
		},
		change: func(o spec.RunOptions, s clouds.Existing) (change.Request, error) {
			return change.Request{
				Done: "rebuilt", Flow: rebuildFlow,
				Summary: fmt.Sprintf("rebuild server %s in %s from %s", s.Name, o.Cloud, imageName),
				Spec:    server.RebuildSpec{RunOptions: o, Server: s.Word, Image: imageName},
			}, nil
		},
	})
}

func aboutRebuilt(r server.Rebuilt) (string, [][2]string) {
	return fmt.Sprintf("server %s is rebuilt and %s", r.Name, r.Status), [][2]string{{"id", r.ID}, {"image", r.Image},
		{"image before", r.Was}}
}
