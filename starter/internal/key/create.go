package key

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"novaflow/saga/sagacodec"
	"novaflow/starter/internal/term"
)

func newCreateCommand(out io.Writer) *cobra.Command {
	name := "key-" + time.Now().UTC().Format("20060102-150405")
	cmd := &cobra.Command{
		Use: "create FILE", Annotations: map[string]string{term.TakesFile: "yes"},
		Short: "Add a new key to the end of a file of keys",
		Long: `Add a new key to the end of a file of keys, which is created if there is none. The
file can then be read by its owner only. The key itself is not shown.`,
		Example: "  novaflow key create /etc/novaflow/keys --name 2026",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := addKey(args[0], name); err != nil {
				return err
			}
			fmt.Fprintf(out, "added key %s to %s; give workers and commands the file in %s\n", name, args[0],
				sagacodec.EnvKeysFile)
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
