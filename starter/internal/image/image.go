package image

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

func Command(session *runs.Session) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "image",
		Short:   "Publish, adopt, delete, list and show images",
		Long:    "Publish, adopt, release, delete, list and show images. Each change to an image is a run, and only one run at a time may change an image.",
		Example: "  novaflow image list",
		Args:    cobra.ArbitraryArgs,
		RunE:    term.Group,
	}
	cmd.AddCommand(newPublishCommand(session), newDeleteCommand(session), change.NewMarkCommand(session, "image", "golden", change.Adopting, clouds.CompleteImages),
		change.NewMarkCommand(session, "image", "golden", change.Releasing, clouds.CompleteImages), newListCommand(session.Out), newShowCommand(session.Out))
	return cmd
}
