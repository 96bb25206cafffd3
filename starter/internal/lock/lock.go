// Package lock is the noun lock of the command line: it lists which run holds which
// resource.
//
// Of the starter it imports term and runs, and no other noun.
package lock

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// Command builds the noun lock.
func Command(session *runs.Session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "lock", Short: "See what is locked by which run",
		Long:    "See what is locked by which run. A lock belongs to its run and ends with it.",
		Example: "  novaflow lock list", Args: cobra.ArbitraryArgs, RunE: term.Group,
	}
	cmd.AddCommand(newListCommand(session))
	return cmd
}
