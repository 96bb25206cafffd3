package server

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/activities/nova"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
)

func newShowCommand(out io.Writer) *cobra.Command {
	return clouds.LookCommand(&cobra.Command{
		Use:   "show NAME|ID",
		Short: "Show a server and the run that created it",
		Long: `Show a server as the cloud has it, and the run that created it. The cloud is asked
directly: no engine and no worker is needed.`,
		Example: "  novaflow server show web-1",
		Args:    cobra.ExactArgs(1),
	}, clouds.CompleteServers, func(ctx context.Context, access *activities.Clouds, cloud string, args []string,
		form term.Format) error {
		found, err := nova.FindServers(ctx, access, cloud, args[0])
		if err != nil {
			return err
		}
		docs := make([]shownServer, len(found))
		for i, s := range found {
			docs[i] = shownServer{newRow(cloud, s), s.Fault, s.Flavor, s.KeyName, s.Addresses, s.Volumes}
		}
		return clouds.PrintNamed(out, "server", args[0], cloud, docs, form, printServer)
	})
}

// shownServer is the document of a server.
type shownServer struct {
	row
	Fault    string         `json:"fault,omitempty"` // nova's words, in ERROR
	Flavor   string         `json:"flavor,omitempty"`
	KeyName  string         `json:"keyName,omitempty"`
	Networks []nova.Address `json:"networks,omitempty"`
	Volumes  []string       `json:"volumes,omitempty"`
}

func printServer(out io.Writer, d shownServer) error {
	var networks []string
	for _, n := range d.Networks {
		networks = append(networks, fmt.Sprintf("%s on %s (%s)", n.IP, n.Network, n.Kind))
	}
	created := "not by novaflow"
	if d.Workflow != "" {
		created = d.Workflow + ", run id " + d.Run
	}
	fmt.Fprintf(out, "server %s is %s\n", d.Name, d.Status)
	return term.PrintFields(out, [][2]string{
		{"id", d.ID}, {"created", term.Clock(d.Created)}, {"fault", d.Fault}, {"flavor", d.Flavor},
		{"addresses", strings.Join(networks, ", ")},
		{"key pair", d.KeyName}, {"volumes", strings.Join(d.Volumes, ", ")}, {"created by", created}, {"mark", d.Mark},
	})
}
