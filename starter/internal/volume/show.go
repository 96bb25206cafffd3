package volume

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/activities/cinder"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
)

// shownVolume is the document of a volume.
type shownVolume struct {
	row
	Bootable bool      `json:"bootable"`
	Created  time.Time `json:"created"`
	Mark     string    `json:"mark,omitempty"`
}

func newShowCommand(out io.Writer) *cobra.Command {
	return clouds.LookCommand(&cobra.Command{
		Use:   "show NAME|ID",
		Short: "Show a volume and the run that created it",
		Long: `Show a volume as the cloud has it, and the run that created it. The cloud is asked
directly: no engine and no worker is needed.`,
		Example: "  novaflow volume show data-1",
		Args:    cobra.ExactArgs(1),
	}, clouds.CompleteVolumes, func(ctx context.Context, access *activities.Clouds, cloud string, args []string,
		form term.Format) error {
		found, err := cinder.FindVolumes(ctx, access, cloud, args[0])
		if err != nil {
			return err
		}
		docs := make([]shownVolume, len(found))
		for i, v := range found {
			docs[i] = shownVolume{newRow(v), v.Bootable, v.Created, string(v.Mark)}
		}
		return clouds.PrintNamed(out, "volume", args[0], cloud, docs, form, printVolume)
	})
}

func printVolume(out io.Writer, d shownVolume) error {
	created := "not by novaflow"
	if d.Run != "" {
		created = "run id " + d.Run
	}
	fmt.Fprintf(out, "volume %s is %s\n", cmp.Or(d.Name, d.ID), d.Status)
	return term.PrintFields(out, [][2]string{
		{"id", d.ID}, {"created", term.Clock(d.Created)}, {"size", fmt.Sprintf("%d GiB", d.Size)},
		{"servers", strings.Join(d.Servers, ", ")},
		{"created by", created}, {"mark", d.Mark},
	})
}
