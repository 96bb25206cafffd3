package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/activities"
)

// volumeRow is a volume with the run that made it.
type volumeRow struct {
	Name    string   `json:"name"`
	ID      string   `json:"id"`
	Status  string   `json:"status"`
	Size    int      `json:"size"` // GiB
	Servers []string `json:"servers"`
	Run     string   `json:"runId,omitempty"` // "" if novaflow did not make it
}

func newVolumeRow(v activities.Volume) volumeRow {
	return volumeRow{v.Name, v.ID, v.Status, v.SizeGiB, append([]string{}, v.Servers...), v.Mark.Run()}
}

func (a *app) volumeListCommand() *cobra.Command {
	var cloud cloudFlags
	var form format
	var all bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the volumes that novaflow made",
		Long:    "List the volumes of a cloud that novaflow made, as the mark in each of them tells. The cloud is asked directly: no engine and no worker is needed.",
		Example: "  novaflow volume list --all -o json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			name, err := cloud.choose()
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), cloudTimeout)
			defer cancel()
			found, err := cloud.clouds().Volumes(ctx, name)
			if err != nil {
				return err
			}
			rows, table := []volumeRow{}, [][]string{{"NAME", "STATUS", "GIB", "SERVERS", "ID", "RUN"}}
			for _, v := range found {
				if v.Mark == "" && !all {
					continue
				}
				rows = append(rows, newVolumeRow(v))
				table = append(table, []string{v.Name, v.Status, fmt.Sprint(v.SizeGiB), strings.Join(v.Servers, ", "), v.ID, v.Mark.Run()})
			}
			if form.document() {
				return printDocument(a.out, form, rows)
			}
			return printTable(a.out, table)
		},
	}
	cloud.add(cmd.Flags())
	cmd.Flags().BoolVar(&all, "all", false, "also volumes that novaflow did not make")
	addFormat(cmd.Flags(), &form)
	complete(cmd, "cloud", cloud.complete)
	return cmd
}
