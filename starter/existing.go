package main

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/clouds"
	"novaflow/workflows"
)

// changeThing runs a change of a thing that exists.
func changeThing(session *session, cmd *cobra.Command, flags *changeFlags, noun, word string, make func(workflows.RunOptions, clouds.Existing) change) error {
	o, err := flags.options()
	if err != nil {
		return err
	}
	e, err := clouds.Identify(cmd.Context(), session.errOut, &flags.cloud, noun, word)
	if err != nil {
		return err
	}
	return runChange(cmd.Context(), session, flags, make(o, e))
}
