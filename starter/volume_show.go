package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"novaflow/activities"
)

// shownVolume is the document of a volume.
type shownVolume struct {
	volumeRow
	Bootable bool      `json:"bootable"`
	Created  time.Time `json:"created"`
	Mark     string    `json:"mark,omitempty"`
}

func (a *app) volumeShowCommand() *cobra.Command {
	var cloud cloudFlags
	var form format
	cmd := &cobra.Command{
		Use:   "show NAME|ID",
		Short: "Show a volume and the run that made it",
		Long: `Show a volume as the cloud has it, and the run that made it. The cloud is asked
directly: no engine and no worker is needed.`,
		Example: "  novaflow volume show data-1",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := cloud.choose()
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), cloudTimeout)
			defer cancel()
			found, err := cloud.clouds().Volume(ctx, name, args[0])
			if err == nil && len(found) == 0 {
				err = fmt.Errorf("no volume %q in cloud %s: see `novaflow volume list --all`", args[0], name)
			}
			if err != nil {
				return err
			}
			return a.showVolumes(found, form)
		},
	}
	cloud.add(cmd.Flags())
	addFormat(cmd.Flags(), &form)
	cmd.ValidArgsFunction = completeVolumes(&cloud)
	complete(cmd, "cloud", cloud.complete)
	return cmd
}

// showVolumes prints the volumes of one name, which OpenStack allows to be several.
func (a *app) showVolumes(found []activities.Volume, form format) error {
	docs := make([]shownVolume, len(found))
	for i, v := range found {
		docs[i] = shownVolume{newVolumeRow(v), v.Bootable, v.Created, string(v.Mark)}
	}
	if form.document() && len(docs) == 1 {
		return printDocument(a.out, form, docs[0])
	}
	if form.document() {
		return printDocument(a.out, form, docs)
	}
	for _, d := range docs {
		made := "not by novaflow"
		if d.Run != "" {
			made = "run id " + d.Run
		}
		fmt.Fprintf(a.out, "volume %s is %s\n", firstNonEmpty(d.Name, d.ID), d.Status)
		err := printFields(a.out, [][2]string{
			{"id", d.ID}, {"created", clock(d.Created)}, {"size", fmt.Sprintf("%d GiB", d.Size)}, {"servers", strings.Join(d.Servers, ", ")},
			{"made by", made}, {"mark", d.Mark},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// completeVolumes completes names of volumes that novaflow made.
func completeVolumes(cloud *cloudFlags) completer {
	return firstWord(fromCloud(cloud, func(ctx context.Context, c *activities.Clouds, name string) (names []string, err error) {
		all, err := c.Volumes(ctx, name)
		for _, v := range all {
			if v.Mark != "" && v.Name != "" {
				names = append(names, v.Name)
			}
		}
		return names, err
	}))
}
