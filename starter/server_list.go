package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

// serverRow is a server with the run that made it.
type serverRow struct {
	Name      string    `json:"name"`
	ID        string    `json:"id"`
	Status    string    `json:"status"`
	Created   time.Time `json:"created,omitzero"`
	Addresses []string  `json:"addresses"`
	Workflow  string    `json:"workflowId,omitempty"` // "" if novaflow did not make it
	Run       string    `json:"runId,omitempty"`
	Mark      string    `json:"mark,omitempty"`
}

func serverListCommand(out io.Writer) *cobra.Command {
	var all bool
	cmd := clouds.LookCommand(&cobra.Command{
		Use:   "list",
		Short: "List the servers that novaflow made",
		Long: `List the servers of a cloud that novaflow made, as the mark in each of them tells, with
the run that made it. The cloud is asked directly: no engine and no worker is needed.`,
		Example: "  novaflow server list --all -o json",
		Args:    cobra.NoArgs,
	}, nil, func(ctx context.Context, access *activities.Clouds, cloud string, _ []string, form term.Format) error {
		servers, err := access.Servers(ctx, cloud)
		if err != nil {
			return err
		}
		return printServers(out, serverRows(cloud, servers, all), form)
	})
	cmd.Flags().BoolVar(&all, "all", false, "also servers that novaflow did not make")
	return cmd
}

// serverRows picks the servers to show.
func serverRows(cloud string, servers []activities.Server, all bool) []serverRow {
	rows := []serverRow{}
	for _, s := range servers {
		if s.Mark != "" || all {
			rows = append(rows, newServerRow(cloud, s))
		}
	}
	return rows
}

func newServerRow(cloud string, s activities.Server) serverRow {
	r := serverRow{Name: s.Name, ID: s.ID, Status: s.Status, Created: s.Created, Addresses: []string{}, Mark: string(s.Mark)}
	for _, address := range s.Addresses {
		r.Addresses = append(r.Addresses, address.IP)
	}
	if s.Mark != "" {
		r.Workflow, r.Run = workflows.ServerWorkflowID(cloud, s.Name), s.Mark.Run()
	}
	return r
}

func printServers(out io.Writer, rows []serverRow, form term.Format) error {
	if form.IsDocument() {
		return term.PrintDocument(out, form, rows)
	}
	table := [][]string{{"NAME", "STATUS", "AGE", "ADDRESSES", "ID", "RUN"}}
	for _, r := range rows {
		table = append(table, []string{r.Name, r.Status, term.Age(r.Created), strings.Join(r.Addresses, ", "), r.ID, r.Run})
	}
	return term.PrintTable(out, table)
}
