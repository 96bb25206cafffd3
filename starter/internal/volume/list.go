package volume

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/activities/cinder"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
)

// row is a volume with the run that created it.
type row struct {
	Name    string   `json:"name"`
	ID      string   `json:"id"`
	Status  string   `json:"status"`
	Size    int      `json:"size"` // GiB
	Servers []string `json:"servers"`
	Run     string   `json:"runId,omitempty"` // "" if novaflow did not create it
}

func newRow(v cinder.Volume) row {
	return row{v.Name, v.ID, v.Status, v.SizeGiB, append([]string{}, v.Servers...), v.Mark.Run()}
}

func newListCommand(out io.Writer) *cobra.Command {
	var all bool
	cmd := clouds.LookCommand(&cobra.Command{
		Use:   "list",
		Short: "List the volumes that novaflow created",
		Long: "List the volumes of a cloud that novaflow created, which it knows by their marks. The cloud is " +
			"asked directly: no engine and no worker is needed.",
		Example: "  novaflow volume list --all -o json",
		Args:    cobra.NoArgs,
	}, nil, func(ctx context.Context, access *activities.Clouds, cloud string, _ []string, form term.Format) error {
		found, err := cinder.ListVolumes(ctx, access, cloud)
		if err != nil {
			return err
		}
		rows := []row{}
		for _, v := range found {
			if v.Mark != "" || all {
				rows = append(rows, newRow(v))
			}
		}
		return printRows(out, rows, form)
	})
	cmd.Flags().BoolVar(&all, "all", false, "also volumes that novaflow did not create")
	return cmd
}

func printRows(out io.Writer, rows []row, form term.Format) error {
	if form.IsDocument() {
		return term.PrintDocument(out, form, rows)
	}
	table := [][]string{{"NAME", "STATUS", "GIB", "SERVERS", "ID", "RUN"}}
	for _, r := range rows {
		table = append(table, []string{r.Name, r.Status, strconv.Itoa(r.Size), strings.Join(r.Servers, ", "), r.ID,
			r.Run})
	}
	return term.PrintTable(out, table)
}
