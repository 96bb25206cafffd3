package image

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/activities/glance"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
)

// row is an image with the run that created it.
type row struct {
	Name       string `json:"name"`
	ID         string `json:"id"`
	Status     string `json:"status"`
	Size       int64  `json:"sizeBytes"` // 0 until it is active
	Visibility string `json:"visibility"`
	Protected  bool   `json:"protected"`
	Run        string `json:"runId,omitempty"` // "" if novaflow did not create it
}

func newRow(im glance.Image) row {
	return row{im.Name, im.ID, im.Status, im.SizeBytes, im.Visibility, im.Protected, im.Mark.Run()}
}

func newListCommand(out io.Writer) *cobra.Command {
	var all bool
	cmd := clouds.LookCommand(&cobra.Command{
		Use:   "list",
		Short: "List the images that novaflow created",
		Long: `List the images of the project that novaflow created from files and servers, which it knows
by their marks. The cloud is asked directly: no engine and no worker is needed.`,
		Example: "  novaflow image list --all -o json",
		Args:    cobra.NoArgs,
	}, nil, func(ctx context.Context, access *activities.Clouds, cloud string, _ []string, form term.Format) error {
		found, err := glance.ListImages(ctx, access, cloud)
		if err != nil {
			return err
		}
		rows := []row{}
		for _, im := range found {
			if im.Mark != "" || all {
				rows = append(rows, newRow(im))
			}
		}
		return printRows(out, rows, form)
	})
	cmd.Flags().BoolVar(&all, "all", false, "also images that novaflow did not create")
	return cmd
}

func printRows(out io.Writer, rows []row, form term.Format) error {
	if form.IsDocument() {
		return term.PrintDocument(out, form, rows)
	}
	table := [][]string{{"NAME", "STATUS", "SIZE", "VISIBILITY", "ID", "RUN"}}
	for _, r := range rows {
		table = append(table, []string{r.Name, r.Status, term.Mebibytes(r.Size), r.Visibility, r.ID, r.Run})
	}
	return term.PrintTable(out, table)
}
