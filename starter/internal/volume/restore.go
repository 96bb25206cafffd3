package volume

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/workflows/spec"
	"novaflow/workflows/volume"
)

func newRestoreCommand(session *runs.Session) *cobra.Command {
	var flags change.Flags
	cmd := &cobra.Command{
		Use:   "restore VOLUME SNAPSHOT",
		Short: "Restore a volume to its latest snapshot, for good",
		Long: `Restore a volume to its latest snapshot. This cannot be reverted: what was written since is
lost. To restore into another volume, use novaflow volume create --snapshot.`,
		Example: "  novaflow volume restore data-1 monday",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runOnVolume(session, cmd, &flags, args[0],
				func(o spec.RunOptions, v clouds.Existing) change.Request {
					return newRequest(o, v, "restored", restoreFlow, "restore volume %s",
						volume.RestoreSpec{RunOptions: o, Volume: v.Word, Snapshot: args[1]})
				})
		},
	}
	flags.Add(cmd)
	cmd.ValidArgsFunction = clouds.CompleteVolumes(&flags.Cloud)
	return cmd
}
