// Package image is the noun image of the command line: it turns flags and request files
// into requests that publish and delete images, and lists and shows images.
//
// Of the starter it imports term, clouds, runs and change, and no other noun.
package image

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// Command builds the noun image.
func Command(session *runs.Session) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "image",
		Short: "Publish, adopt, delete, list and show images",
		Long: "Publish, adopt, release, delete, list and show images. Each change to an image is a run, and only " +
			"one run at a time may change an image.",
		Example: "  novaflow image list",
		Args:    cobra.ArbitraryArgs,
		RunE:    term.Group,
	}
	cmd.AddCommand(newPublishCommand(session), newDeleteCommand(session),
		change.NewMarkCommand(session, "image", "golden", change.Adopting, clouds.CompleteImages),
		change.NewMarkCommand(session, "image", "golden", change.Releasing, clouds.CompleteImages),
		newListCommand(session.Out), newShowCommand(session.Out))
	return cmd
}
