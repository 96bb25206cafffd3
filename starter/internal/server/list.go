package server

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/activities/nova"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
	"novaflow/workflows/spec"
)

// row is a server with the run that created it.
type row struct {
	Name      string    `json:"name"`
	ID        string    `json:"id"`
	Status    string    `json:"status"`
	Created   time.Time `json:"created,omitzero"`
	Addresses []string  `json:"addresses"`
	Workflow  string    `json:"workflowId,omitempty"` // "" if novaflow did not create it
	Run       string    `json:"runId,omitempty"`
	Mark      string    `json:"mark,omitempty"`
}

func newListCommand(out io.Writer) *cobra.Command {
	var all bool
	cmd := clouds.LookCommand(&cobra.Command{
		Use:   "list",
		Short: "List the servers that novaflow created",
		Long: `List the servers of a cloud that novaflow created, which it knows by their marks, each with
the run that created it. The cloud is asked directly: no engine and no worker is needed.`,
		Example: "  novaflow server list --all -o json",
		Args:    cobra.NoArgs,
	}, nil, func(ctx context.Context, access *activities.Clouds, cloud string, _ []string, form term.Format) error {
		servers, err := nova.ListServers(ctx, access, cloud)
		if err != nil {
			return err
		}
		return printRows(out, listRows(cloud, servers, all), form)
	})
	cmd.Flags().BoolVar(&all, "all", false, "also servers that novaflow did not create")
	return cmd
}

// listRows selects the servers to show.
func listRows(cloud string, servers []nova.Server, all bool) []row {
	rows := []row{}
	for _, s := range servers {
		if s.Mark != "" || all {
			rows = append(rows, newRow(cloud, s))
		}
	}
	return rows
}

func newRow(cloud string, s nova.Server) row {
	r := row{Name: s.Name, ID: s.ID, Status: s.Status, Created: s.Created, Addresses: []string{}, Mark: string(s.Mark)}
	for _, address := range s.Addresses {
		r.Addresses = append(r.Addresses, address.IP)
	}
	if s.Mark != "" {
		r.Workflow, r.Run = spec.ServerWorkflowID(cloud, s.Name), s.Mark.Run()
	}
	return r
}

func printRows(out io.Writer, rows []row, form term.Format) error {
	if form.IsDocument() {
		return term.PrintDocument(out, form, rows)
	}
	table := [][]string{{"NAME", "STATUS", "AGE", "ADDRESSES", "ID", "RUN"}}
	for _, r := range rows {
		table = append(table, []string{r.Name, r.Status, term.Age(r.Created), strings.Join(r.Addresses, ", "), r.ID,
			r.Run})
	}
	return term.PrintTable(out, table)
}
