package volume

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/workflows/spec"
	"novaflow/workflows/volume"
)

func newDeleteCommand(session *runs.Session) *cobra.Command {
	var flags change.Flags
	var purge bool
	cmd := &cobra.Command{
		Use:   "delete NAME|ID",
		Short: "Delete a volume that novaflow created",
		Long: `Delete a volume that novaflow created, and its snapshots with --purge. A create of this
volume that is still under way is cancelled first. A volume that a run of a server has
locked is left alone, and the run is named.`,
		Example: "  novaflow volume delete data-1 --purge",
		Args:    cobra.ExactArgs(1),
		RunE:    change.RunDelete(session, newRemovable(&purge), &flags),
	}
	cmd.Flags().BoolVar(&purge, "purge", false, "delete its snapshots too")
	flags.AddForward(cmd)
	cmd.ValidArgsFunction = clouds.CompleteVolumes(&flags.Cloud)
	return cmd
}

// newRemovable returns how volumes are deleted. A volume has no parts, so nothing is left
// to delete of one that is gone.
func newRemovable(purge *bool) change.Removable {
	return change.Removable{
		Noun: "volume", CreateFlow: createFlow,
		DeleteFlow: deleteFlow,
		Spec: func(o spec.RunOptions, word, _ string) spec.Spec {
			return volume.DeleteSpec{RunOptions: o, Volume: word, Purge: *purge}
		},
	}
}
