// Package key is the noun key of the command line: it creates keys for secrets and
// encrypts secrets with them.
//
// Of the starter it imports term and runs, and no other noun.
package key

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// Command builds the noun key.
func Command(session *runs.Session) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Create keys for secrets, and encrypt secrets with them",
		Long: `Create keys for secrets, and encrypt secrets with them.

User data often holds passwords. It is encrypted by the command that starts a run
and decrypted by the worker that gives it to nova, so the engine, its history and
people who look at runs only see it encrypted. Both need the same file of keys,
which the variable NOVAFLOW_KEYS_FILE names; NOVAFLOW_KEYS may hold the keys
themselves. "novaflow dev" creates its own file.

The first key in the file encrypts, all decrypt. To change keys, add a new one at
the end of the file everywhere, then move it to the front everywhere.

With NOVAFLOW_ENCRYPT_PAYLOADS=true everything that goes through the engine is
encrypted by each process that has it set; the Web UI then shows little.`,
		Example: `  novaflow key create /etc/novaflow/keys
  export NOVAFLOW_KEYS_FILE=/etc/novaflow/keys`,
		Args: cobra.ArbitraryArgs,
		RunE: term.Group,
	}
	cmd.AddCommand(newCreateCommand(session.Out), newSealCommand(session))
	return cmd
}
