package image

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/workflows/image"
	"novaflow/workflows/spec"
)

func newDeleteCommand(session *runs.Session) *cobra.Command {
	var flags change.Flags
	var protected bool
	cmd := &cobra.Command{
		Use:   "delete NAME|ID",
		Short: "Delete an image that novaflow created",
		Long: `Delete an image that novaflow created from a file or a server, with the snapshots that the
image of a server refers to. A publish of this image that is still under way is cancelled
first.`,
		Example: "  novaflow image delete golden --protected",
		Args:    cobra.ExactArgs(1),
		RunE: change.RunDelete(session, change.Removable{
			Noun: "image", CreateFlow: publishFlow,
			DeleteFlow: deleteFlow,
			Spec: func(o spec.RunOptions, word, _ string) spec.Spec {
				return image.DeleteSpec{RunOptions: o, Image: word, Protected: protected}
			},
		}, &flags),
	}
	cmd.Flags().BoolVar(&protected, "protected", false, "delete it although it is protected")
	flags.AddForward(cmd)
	cmd.ValidArgsFunction = clouds.CompleteImages(&flags.Cloud)
	return cmd
}
