// Package project is the noun project of the command line: it requests new projects with
// their quotas, roles and network, and the purge of projects.
//
// Of the starter it imports term, clouds, runs and change, and no other noun.
package project

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// Command builds the noun project.
func Command(session *runs.Session) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "project",
		Short: "Create and purge projects, as an administrator",
		Long: "Create and purge projects, as an administrator. Each change to a project is a run, and only one " +
			"run at a time may change a project.",
		Example: "  novaflow project bootstrap research --cloud admin --role member=alice",
		Args:    cobra.ArbitraryArgs,
		RunE:    term.Group,
	}
	cmd.AddCommand(newBootstrapCommand(session), newPurgeCommand(session))
	return cmd
}
