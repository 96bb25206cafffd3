package network

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/activities/inventory"
	"novaflow/activities/neutron"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
)

func newShowCommand(out io.Writer) *cobra.Command {
	return clouds.LookCommand(&cobra.Command{
		Use:   "show NAME|ID",
		Short: "Show a network, what was created with it, and who uses it",
		Long: `Show a network as the cloud has it, what its run created with it, and the ports and subnets
of others that keep it from being deleted. The cloud is asked directly: no engine and no
worker is needed.`,
		Example: "  novaflow network show app",
		Args:    cobra.ExactArgs(1),
	}, clouds.CompleteNetworks, func(ctx context.Context, access *activities.Clouds, cloud string, args []string,
		form term.Format) error {
		found, err := neutron.FindNetworks(ctx, access, cloud, args[0])
		if err != nil {
			return err
		}
		var docs []shownNetwork
		for _, n := range found {
			parts, users, err := inventory.ListNetworkParts(ctx, access, cloud, n)
			if err != nil {
				return err
			}
			docs = append(docs, shownNetwork{newRow(cloud, n), parts, users})
		}
		return clouds.PrintNamed(out, "network", args[0], cloud, docs, form, printNetwork)
	})
}

// shownNetwork is the document of a network.
type shownNetwork struct {
	row
	Parts []activities.OwnedObject `json:"parts,omitempty"` // created by the same run
	Users []string                 `json:"users,omitempty"` // ports and subnets of others, in words
}

func printNetwork(out io.Writer, d shownNetwork) error {
	var parts []string
	for _, p := range d.Parts {
		parts = append(parts, strings.Join(strings.Fields(p.Kind+" "+p.Name+" "+p.ID), " "))
	}
	created := "not by novaflow"
	if d.Workflow != "" {
		created = d.Workflow + ", run id " + d.Run
	}
	fmt.Fprintf(out, "network %s is %s\n", d.Name, d.Status)
	return term.PrintFields(out, [][2]string{
		{"id", d.ID}, {"subnets", strings.Join(d.Subnets, ", ")}, {"created with it", strings.Join(parts, ", ")},
		{"used by", strings.Join(d.Users, ", ")}, {"created by", created}, {"mark", d.Mark},
	})
}
