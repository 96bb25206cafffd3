package change

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/workflows/spec"
)

// RunOnExisting runs a change of a resource that exists.
func RunOnExisting(session *runs.Session, cmd *cobra.Command, flags *Flags, noun, word string,
	newRequest func(spec.RunOptions, clouds.Existing) Request) error {
	o, err := flags.Options()
	if err != nil {
		return err
	}
	e, err := clouds.Identify(cmd.Context(), session.ErrOut, &flags.Cloud, noun, word)
	if err != nil {
		return err
	}
	return Run(cmd.Context(), session, flags, newRequest(o, e))
}
