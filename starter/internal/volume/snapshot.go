package volume

import (
	"fmt"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/workflows/spec"
	"novaflow/workflows/volume"
)

func aboutVolumeSnapshot(s volume.CreatedSnapshot) (string, [][2]string) {
	return fmt.Sprintf("snapshot %s is %s", s.Name, s.Status), [][2]string{{"id", s.ID}, {"volume", s.Volume},
		{"size", fmt.Sprintf("%d GiB", s.Size)}}
}

func newSnapshotCommand(session *runs.Session) *cobra.Command {
	var flags change.Flags
	var request volume.SnapshotSpec
	cmd := &cobra.Command{
		Use:   "snapshot VOLUME NAME",
		Short: "Take a snapshot of a volume",
		Long: `Take a snapshot of a volume. If the volume is in use, this needs --force, and the snapshot
has what is on the disk at that moment, as after a power failure.`,
		Example: "  novaflow volume snapshot data-1 monday",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runOnVolume(session, cmd, &flags, args[0],
				func(o spec.RunOptions, v clouds.Existing) change.Request {
					request.RunOptions, request.Volume, request.Name = o, v.Word, args[1]
					return newRequest(o, v, "snapshotted", snapshotFlow, "snapshot of volume %s", request)
				})
		},
	}
	cmd.Flags().StringVar(&request.Description, "description", "", "what it is for")
	cmd.Flags().BoolVar(&request.Force, "force", false, "also of a volume that is in use")
	flags.Add(cmd)
	cmd.ValidArgsFunction = clouds.CompleteVolumes(&flags.Cloud)
	return cmd
}
