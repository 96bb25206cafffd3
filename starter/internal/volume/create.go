package volume

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/spec"
	"novaflow/workflows/volume"
)

func aboutVolume(v volume.Volume) (string, [][2]string) {
	return fmt.Sprintf("volume %s is %s", cmp.Or(v.Name, v.ID), v.Status), [][2]string{
		{"id", v.ID}, {"size", fmt.Sprintf("%d GiB", v.Size)}, {"servers", strings.Join(v.Servers, ", ")},
	}
}

func newCreateCommand(session *runs.Session) *cobra.Command {
	var flags change.Flags
	var request volume.CreateSpec
	cmd := &cobra.Command{
		Use:   "create NAME --size GIB",
		Short: "Create a volume: blank, from an image or from a snapshot",
		Long: `Create a volume: blank, from an image, or from a snapshot, which restores the snapshot
into a volume of its own. Either the volume is created, or nothing of it is left.`,
		Example: `  novaflow volume create data-1 --size 10
  novaflow volume create data-1-monday --snapshot monday
  novaflow volume create data-2 --file volume.yaml --dry-run`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := change.ReadRequest(cmd, &flags, args,
				func(o spec.RunOptions, name string) (volume.CreateSpec, error) {
					request.RunOptions, request.Name = o, name
					return request, request.Validate()
				})
			if err != nil {
				return err
			}
			return change.Run(cmd.Context(), session, &flags,
				newRequest(s.RunOptions, clouds.Existing{Name: s.Name, Word: s.Name}, "created",
					createFlow, "create volume %s", s))
		},
	}
	fs := cmd.Flags()
	fs.IntVar(&request.Size, "size", 0, "size in GiB (default for a volume from a snapshot: the size of the snapshot)")
	fs.StringVar(&request.Image, "image", "", "image to create it from, name or id")
	fs.StringVar(&request.Snapshot, "snapshot", "", "snapshot to create it from, name or id")
	fs.StringVar(&request.Type, "type", "", "volume type, name or id")
	fs.StringVar(&request.AvailabilityZone, "availability-zone", "", "zone to create it in")
	flags.Add(cmd)
	term.Complete(cmd, "image", clouds.CompleteImageNames(&flags.Cloud))
	flags.AddFile(cmd)
	return cmd
}
