package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/activities"
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

func (a *app) networkListCommand() *cobra.Command {
	var cloud cloudFlags
	var form format
	var all bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the networks that novaflow made",
		Long: `List the networks of a project that novaflow made, as the mark in each of them tells,
with the run that made it. The cloud is asked directly: no engine and no worker is needed.`,
		Example: "  novaflow network list --all -o json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.listNetworks(cmd.Context(), &cloud, form, all)
		},
	}
	cloud.add(cmd.Flags())
	cmd.Flags().BoolVar(&all, "all", false, "also networks that novaflow did not make")
	addFormat(cmd.Flags(), &form)
	complete(cmd, "cloud", cloud.complete)
	return cmd
}

func (a *app) listNetworks(ctx context.Context, cloud *cloudFlags, form format, all bool) error {
	name, err := cloud.choose()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, cloudTimeout)
	defer cancel()
	found, err := cloud.clouds().ProjectNetworks(ctx, name)
	if err != nil {
		return err
	}
	rows := []networkRow{}
	for _, n := range found {
		if n.Mark != "" || all {
			rows = append(rows, newNetworkRow(name, n))
		}
	}
	if form.document() {
		return printDocument(a.out, form, rows)
	}
	table := [][]string{{"NAME", "STATUS", "SUBNETS", "ID", "RUN"}}
	for _, r := range rows {
		table = append(table, []string{r.Name, r.Status, strconv.Itoa(len(r.Subnets)), r.ID, r.Run})
	}
	return printTable(a.out, table)
}

func newNetworkRow(cloud string, n activities.NeutronNetwork) networkRow {
	r := networkRow{Name: n.Name, ID: n.ID, Status: n.Status, Subnets: append([]string{}, n.Subnets...), Mark: string(n.Mark)}
	if n.Mark != "" {
		r.Workflow, r.Run = workflows.NetworkWorkflowID(cloud, n.Name), n.Mark.Run()
	}
	return r
}

func (a *app) networkShowCommand() *cobra.Command {
	var cloud cloudFlags
	var form format
	cmd := &cobra.Command{
		Use:   "show NAME|ID",
		Short: "Show a network, what was made with it, and who uses it",
		Long: `Show a network as the cloud has it, what the run that made it made beside it, and the
ports and subnets of others that keep it from being deleted. The cloud is asked
directly: no engine and no worker is needed.`,
		Example: "  novaflow network show app",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.showNetwork(cmd.Context(), &cloud, form, args[0])
		},
	}
	cloud.add(cmd.Flags())
	addFormat(cmd.Flags(), &form)
	cmd.ValidArgsFunction = completeNetworks(&cloud)
	complete(cmd, "cloud", cloud.complete)
	return cmd
}

// shownNetwork is the document of a network.
type shownNetwork struct {
	networkRow
	Parts []activities.OwnedObject `json:"parts,omitempty"` // made by the same run
	Users []string                 `json:"users,omitempty"` // ports and subnets of others, in words
}

// showNetwork prints the networks of one name, which OpenStack allows to be
// several.
func (a *app) showNetwork(ctx context.Context, cloud *cloudFlags, form format, word string) error {
	name, err := cloud.choose()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, cloudTimeout)
	defer cancel()
	found, err := cloud.clouds().Network(ctx, name, word)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("no network %q in cloud %s: see `novaflow network list --all`", word, name)
	}
	var docs []shownNetwork
	for _, n := range found {
		parts, users, err := cloud.clouds().NetworkParts(ctx, name, n)
		if err != nil {
			return err
		}
		docs = append(docs, shownNetwork{newNetworkRow(name, n), parts, users})
	}
	switch {
	case form.document() && len(docs) == 1:
		return printDocument(a.out, form, docs[0])
	case form.document():
		return printDocument(a.out, form, docs)
	}
	for _, d := range docs {
		if err := a.printNetwork(d); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) printNetwork(d shownNetwork) error {
	var parts []string
	for _, p := range d.Parts {
		parts = append(parts, strings.Join(strings.Fields(p.Kind+" "+p.Name+" "+p.ID), " "))
	}
	made := "not by novaflow"
	if d.Workflow != "" {
		made = d.Workflow + ", run id " + d.Run
	}
	fmt.Fprintf(a.out, "network %s is %s\n", d.Name, d.Status)
	return printFields(a.out, [][2]string{
		{"id", d.ID}, {"subnets", strings.Join(d.Subnets, ", ")}, {"made with it", strings.Join(parts, ", ")},
		{"used by", strings.Join(d.Users, ", ")}, {"made by", made}, {"mark", d.Mark},
	})
}
