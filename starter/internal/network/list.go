package network

import (
	"context"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/activities/neutron"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
	"novaflow/workflows/spec"
)

// row is a network with the run that created it.
type row struct {
	Name     string   `json:"name"`
	ID       string   `json:"id"`
	Status   string   `json:"status"`
	Subnets  []string `json:"subnets"`              // ids
	Workflow string   `json:"workflowId,omitempty"` // "" if novaflow did not create it
	Run      string   `json:"runId,omitempty"`
	Mark     string   `json:"mark,omitempty"`
}

func newListCommand(out io.Writer) *cobra.Command {
	var all bool
	cmd := clouds.LookCommand(&cobra.Command{
		Use:   "list",
		Short: "List the networks that novaflow created",
		Long: `List the networks of a project that novaflow created, which it knows by their marks, each
with the run that created it. The cloud is asked directly: no engine and no worker is
needed.`,
		Example: "  novaflow network list --all -o json",
		Args:    cobra.NoArgs,
	}, nil, func(ctx context.Context, access *activities.Clouds, cloud string, _ []string, form term.Format) error {
		found, err := neutron.ListNetworks(ctx, access, cloud)
		if err != nil {
			return err
		}
		rows := []row{}
		for _, n := range found {
			if n.Mark != "" || all {
				rows = append(rows, newRow(cloud, n))
			}
		}
		return printRows(out, rows, form)
	})
	cmd.Flags().BoolVar(&all, "all", false, "also networks that novaflow did not create")
	return cmd
}

func printRows(out io.Writer, rows []row, form term.Format) error {
	if form.IsDocument() {
		return term.PrintDocument(out, form, rows)
	}
	table := [][]string{{"NAME", "STATUS", "SUBNETS", "ID", "RUN"}}
	for _, r := range rows {
		table = append(table, []string{r.Name, r.Status, strconv.Itoa(len(r.Subnets)), r.ID, r.Run})
	}
	return term.PrintTable(out, table)
}

func newRow(cloud string, n neutron.Network) row {
	r := row{Name: n.Name, ID: n.ID, Status: n.Status, Subnets: append([]string{}, n.Subnets...), Mark: string(n.Mark)}
	if n.Mark != "" {
		r.Workflow, r.Run = spec.NetworkWorkflowID(cloud, n.Name), n.Mark.Run()
	}
	return r
}
