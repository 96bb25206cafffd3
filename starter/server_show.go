package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/activities"
)

func (a *app) serverShowCommand() *cobra.Command {
	var cloud cloudFlags
	var form format
	cmd := &cobra.Command{
		Use:   "show NAME|ID",
		Short: "Show a server and the run that made it",
		Long: `Show a server as the cloud has it, and the run that made it. The cloud is asked
directly: no engine and no worker is needed.`,
		Example: "  novaflow server show web-1",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := cloud.choose()
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), cloudTimeout)
			defer cancel()
			found, err := cloud.clouds().Server(ctx, name, args[0])
			if err != nil {
				return err
			}
			return a.showServers(name, args[0], found, form)
		},
	}
	cloud.add(cmd.Flags())
	addFormat(cmd.Flags(), &form)
	cmd.ValidArgsFunction = completeServers(&cloud)
	complete(cmd, "cloud", cloud.complete)
	return cmd
}

// shownServer is the document of a server.
type shownServer struct {
	serverRow
	Fault    string               `json:"fault,omitempty"` // nova's words, in ERROR
	Flavor   string               `json:"flavor,omitempty"`
	KeyName  string               `json:"keyName,omitempty"`
	Networks []activities.Address `json:"networks,omitempty"`
	Volumes  []string             `json:"volumes,omitempty"`
}

// showServers prints the servers of one name, which OpenStack allows to be
// several.
func (a *app) showServers(cloud, word string, found []activities.Server, form format) error {
	if len(found) == 0 {
		return fmt.Errorf("no server %q in cloud %s: see `novaflow server list --all`", word, cloud)
	}
	docs := make([]shownServer, len(found))
	for i, s := range found {
		docs[i] = shownServer{newServerRow(cloud, s), s.Fault, s.Flavor, s.KeyName, s.Addresses, s.Volumes}
	}
	if form.document() && len(docs) == 1 {
		return printDocument(a.out, form, docs[0])
	}
	if form.document() {
		return printDocument(a.out, form, docs)
	}
	for _, d := range docs {
		if err := a.printServer(d); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) printServer(d shownServer) error {
	var networks []string
	for _, n := range d.Networks {
		networks = append(networks, fmt.Sprintf("%s on %s (%s)", n.IP, n.Network, n.Kind))
	}
	made := "not by novaflow"
	if d.Workflow != "" {
		made = d.Workflow + ", run id " + d.Run
	}
	fmt.Fprintf(a.out, "server %s is %s\n", d.Name, d.Status)
	return printFields(a.out, [][2]string{
		{"id", d.ID}, {"created", clock(d.Created)}, {"fault", d.Fault}, {"flavor", d.Flavor}, {"addresses", strings.Join(networks, ", ")},
		{"key pair", d.KeyName}, {"volumes", strings.Join(d.Volumes, ", ")}, {"made by", made}, {"mark", d.Mark},
	})
}
