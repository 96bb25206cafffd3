// Package volume is the noun volume of the command line: it turns flags and request files
// into requests for volumes and their snapshots, and lists and shows volumes.
//
// Of the starter it imports term, clouds, runs and change, and no other noun.
package volume

import (
	"fmt"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/spec"
)

// Command builds the noun volume.
func Command(session *runs.Session) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "volume",
		Short: "Create, change, delete, list and show volumes",
		Long: "Create, change, delete, list and show volumes. Each change to a volume is a run, and only one run " +
			"at a time may change a volume.",
		Example: "  novaflow volume list",
		Args:    cobra.ArbitraryArgs,
		RunE:    term.Group,
	}
	cmd.AddCommand(newCreateCommand(session), newDeleteCommand(session), newExtendCommand(session),
		newSnapshotCommand(session), newRestoreCommand(session),
		change.NewMarkCommand(session, "volume", "data-1", change.Adopting, clouds.CompleteVolumes),
		change.NewMarkCommand(session, "volume", "data-1", change.Releasing, clouds.CompleteVolumes),
		newListCommand(session.Out), newShowCommand(session.Out))
	return cmd
}

// newRequest returns the request to change a volume.
func newRequest(o spec.RunOptions, v clouds.Existing, done string, flow change.Flow, summary string,
	request spec.Spec) change.Request {
	return change.Request{
		Resource: "volume " + v.Name, Done: done, ID: spec.VolumeWorkflowID(o.Cloud, v.Name), Flow: flow,
		Summary: fmt.Sprintf(summary+" in %s", v.Name, o.Cloud), Spec: request,
	}
}

// runOnVolume runs a change of a volume that exists.
func runOnVolume(session *runs.Session, cmd *cobra.Command, flags *change.Flags, word string,
	request func(spec.RunOptions, clouds.Existing) change.Request) error {
	return change.RunOnExisting(session, cmd, flags, "volume", word, request)
}
