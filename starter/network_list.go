package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

// networkRow is a network with the run that made it.
type networkRow struct {
	Name     string   `json:"name"`
	ID       string   `json:"id"`
	Status   string   `json:"status"`
	Subnets  []string `json:"subnets"`              // ids
	Workflow string   `json:"workflowId,omitempty"` // "" if novaflow did not make it
	Run      string   `json:"runId,omitempty"`
	Mark     string   `json:"mark,omitempty"`
}

func networkListCommand(out io.Writer) *cobra.Command {
	var all bool
	cmd := clouds.LookCommand(&cobra.Command{
		Use:   "list",
		Short: "List the networks that novaflow made",
		Long: `List the networks of a project that novaflow made, as the mark in each of them tells,
with the run that made it. The cloud is asked directly: no engine and no worker is needed.`,
		Example: "  novaflow network list --all -o json",
		Args:    cobra.NoArgs,
	}, nil, func(ctx context.Context, access *activities.Clouds, cloud string, _ []string, form term.Format) error {
		found, err := access.ProjectNetworks(ctx, cloud)
		if err != nil {
			return err
		}
		rows := []networkRow{}
		for _, n := range found {
			if n.Mark != "" || all {
				rows = append(rows, newNetworkRow(cloud, n))
			}
		}
		return printNetworks(out, rows, form)
	})
	cmd.Flags().BoolVar(&all, "all", false, "also networks that novaflow did not make")
	return cmd
}

func printNetworks(out io.Writer, rows []networkRow, form term.Format) error {
	if form.IsDocument() {
		return term.PrintDocument(out, form, rows)
	}
	table := [][]string{{"NAME", "STATUS", "SUBNETS", "ID", "RUN"}}
	for _, r := range rows {
		table = append(table, []string{r.Name, r.Status, strconv.Itoa(len(r.Subnets)), r.ID, r.Run})
	}
	return term.PrintTable(out, table)
}

func newNetworkRow(cloud string, n activities.NeutronNetwork) networkRow {
	r := networkRow{Name: n.Name, ID: n.ID, Status: n.Status, Subnets: append([]string{}, n.Subnets...), Mark: string(n.Mark)}
	if n.Mark != "" {
		r.Workflow, r.Run = workflows.NetworkWorkflowID(cloud, n.Name), n.Mark.Run()
	}
	return r
}

func networkShowCommand(out io.Writer) *cobra.Command {
	return clouds.LookCommand(&cobra.Command{
		Use:   "show NAME|ID",
		Short: "Show a network, what was made with it, and who uses it",
		Long: `Show a network as the cloud has it, what the run that made it made beside it, and the
ports and subnets of others that keep it from being deleted. The cloud is asked
directly: no engine and no worker is needed.`,
		Example: "  novaflow network show app",
		Args:    cobra.ExactArgs(1),
	}, clouds.CompleteNetworks, func(ctx context.Context, access *activities.Clouds, cloud string, args []string, form term.Format) error {
		found, err := access.Network(ctx, cloud, args[0])
		if err != nil {
			return err
		}
		var docs []shownNetwork
		for _, n := range found {
			parts, users, err := access.NetworkParts(ctx, cloud, n)
			if err != nil {
				return err
			}
			docs = append(docs, shownNetwork{newNetworkRow(cloud, n), parts, users})
		}
		return clouds.PrintNamed(out, "network", args[0], cloud, docs, form, printNetwork)
	})
}

// shownNetwork is the document of a network.
type shownNetwork struct {
	networkRow
	Parts []activities.OwnedObject `json:"parts,omitempty"` // made by the same run
	Users []string                 `json:"users,omitempty"` // ports and subnets of others, in words
}

func printNetwork(out io.Writer, d shownNetwork) error {
	var parts []string
	for _, p := range d.Parts {
		parts = append(parts, strings.Join(strings.Fields(p.Kind+" "+p.Name+" "+p.ID), " "))
	}
	made := "not by novaflow"
	if d.Workflow != "" {
		made = d.Workflow + ", run id " + d.Run
	}
	fmt.Fprintf(out, "network %s is %s\n", d.Name, d.Status)
	return term.PrintFields(out, [][2]string{
		{"id", d.ID}, {"subnets", strings.Join(d.Subnets, ", ")}, {"made with it", strings.Join(parts, ", ")},
		{"used by", strings.Join(d.Users, ", ")}, {"made by", made}, {"mark", d.Mark},
	})
}
