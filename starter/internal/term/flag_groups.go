package term

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// only maps a flag to the other flag without which it means nothing.
var only = map[string]string{"queue-timeout": "queue", "ready-timeout": "ready"}

// mayBeEmpty are flags whose empty value means something, or does no harm.
var mayBeEmpty = []string{"description", "reason"}

// CheckFlagGroups refuses flags that exclude each other, that mean nothing without
// another one, and that are empty. A script writes an empty one with --floating-ip
// "$NETWORK" if NETWORK is not set, and the server would have no floating IP.
func CheckFlagGroups(cmd *cobra.Command) (err error) {
	given := cmd.Flags()
	if given.Changed("wait") && given.Changed("no-wait") {
		return errors.New("--wait and --no-wait contradict each other: give only one of them")
	}
	given.Visit(func(f *pflag.Flag) {
		switch other := only[f.Name]; {
		case err != nil || cmd.InheritedFlags().Lookup(f.Name) != nil:
		case other != "" && !given.Changed(other):
			err = fmt.Errorf("--%s means nothing without --%s", f.Name, other)
		case f.Value.Type() == "string" && f.Value.String() == "" && !slices.Contains(mayBeEmpty, f.Name):
			err = fmt.Errorf("--%s is empty: give it a value, or leave it out", f.Name)
		}
	})
	return errors.Join(err, cmd.ValidateFlagGroups())
}
