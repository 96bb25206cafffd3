package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"novaflow/saga/sagacodec"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

func keyCommand(session *runs.Session) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Make keys for secrets, and encrypt secrets with them",
		Long: `Make keys for secrets, and encrypt secrets with them.

User data often holds passwords. It is encrypted by the command that starts a run
and decrypted by the worker that gives it to nova, so the engine, its history and
whoever looks at runs only ever see it encrypted. Both need the same file of keys,
which the variable NOVAFLOW_KEYS_FILE names; NOVAFLOW_KEYS may hold the keys
themselves. "novaflow dev" makes a file of its own.

The first key in the file encrypts, all decrypt. To change keys, add a new one at
the end of the file everywhere, then move it to the front everywhere.

With NOVAFLOW_ENCRYPT_PAYLOADS=true everything that goes through the engine is
encrypted, for whoever sets it; the Web UI then shows little.`,
		Example: `  novaflow key create /etc/novaflow/keys
  export NOVAFLOW_KEYS_FILE=/etc/novaflow/keys`,
		Args: cobra.ArbitraryArgs,
		RunE: term.Group,
	}
	cmd.AddCommand(keyCreateCommand(session.Out), keySealCommand(session))
	return cmd
}

func keyCreateCommand(out io.Writer) *cobra.Command {
	name := "key-" + time.Now().UTC().Format("20060102-150405")
	cmd := &cobra.Command{
		Use: "create FILE", Annotations: map[string]string{term.TakesFile: "yes"},
		Short: "Add a new key to the end of a file of keys",
		Long: `Add a new key to the end of a file of keys, which is made if there is none. The
file can then be read by its owner only. The key itself is not shown.`,
		Example: "  novaflow key create /etc/novaflow/keys --name 2026",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := addKey(args[0], name); err != nil {
				return err
			}
			fmt.Fprintf(out, "added key %s to %s; give workers and commands the file in %s\n", name, args[0], sagacodec.EnvKeysFile)
			return nil
		},
	}
	cmd.Flags().StringVar(&name, "name", name, "name of the key")
	return cmd
}

// addKey appends a key to a file of keys.
func addKey(file, name string) error {
	line, err := sagacodec.NewKey(name)
	if err != nil {
		return term.Usage("%w", err)
	}
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(old) > 0 && old[len(old)-1] != '\n' {
		old = append(old, '\n')
	}
	all := append(old, line...)
	if _, err := sagacodec.ParseKeys(string(all)); err != nil {
		return term.Usage("%s: %w", file, err)
	}
	return term.ReplaceFile(file, all)
}

func keySealCommand(session *runs.Session) *cobra.Command {
	return &cobra.Command{
		Use: "seal FILE", Annotations: map[string]string{term.TakesFile: "yes"},
		Short: "Encrypt a secret for a request that is written in a file",
		Long: `Encrypt what a file holds and print it in the form that userData has in a request
for "novaflow server create --file". "-" is the standard input.`,
		Example: "  novaflow key seal cloud-init.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := term.ReadFile(cmd.InOrStdin(), "FILE", args[0])
			if err != nil {
				return err
			}
			secret, err := session.Seal(text)
			if err != nil {
				return err
			}
			return term.PrintDocument(session.Out, term.AsJSON, secret)
		},
	}
}
