package volume

import (
	"fmt"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/spec"
	"novaflow/workflows/volume"
)

func newExtendCommand(session *runs.Session) *cobra.Command {
	var flags change.Flags
	cmd := &cobra.Command{
		Use:   "extend NAME|ID GIB",
		Short: "Make a volume larger, for good",
		Long: `Make a volume larger, also one that is in use if the cloud supports that. This cannot be
reverted: cinder cannot shrink a volume.`,
		Example: "  novaflow volume extend data-1 20",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var size int
			if _, err := fmt.Sscanf(args[1]+"\n", "%d\n", &size); err != nil {
				return term.Usage("%q is no size in GiB", args[1])
			}
			return runOnVolume(session, cmd, &flags, args[0],
				func(o spec.RunOptions, v clouds.Existing) change.Request {
					return newRequest(o, v, "extended", extendFlow, "extend volume %s",
						volume.ExtendSpec{RunOptions: o, Volume: v.Word, Size: size})
				})
		},
	}
	flags.Add(cmd)
	cmd.ValidArgsFunction = clouds.CompleteVolumes(&flags.Cloud)
	return cmd
}
