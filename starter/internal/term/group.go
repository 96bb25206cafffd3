package term

import (
	"strings"

	"github.com/spf13/cobra"
)

// Group is the RunE of a command that only has commands below it.
func Group(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	hint := ""
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = ": did you mean \"" + strings.Join(near, `" or "`) + "\"?"
	}
	return Usage("unknown command %q for %q%s; see `%s --help`", args[0], cmd.CommandPath(), hint, cmd.CommandPath())
}
