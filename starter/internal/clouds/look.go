package clouds

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/starter/internal/term"
)

// Timeout bounds what a command asks a cloud by itself.
const Timeout = 30 * time.Second

// Look is the work of a command that asks a cloud itself and starts no run.
type Look func(ctx context.Context, access *activities.Clouds, cloud string, args []string, form term.Format) error

// LookCommand completes a command that asks a cloud itself and starts no run. It adds the
// flags for cloud and output and, where the command takes a name, completion.
func LookCommand(cmd *cobra.Command, names func(*Flags) term.Completer, look Look) *cobra.Command {
	var cloud Flags
	var form term.Format
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name, err := cloud.Choose()
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), Timeout)
		defer cancel()
		return look(ctx, cloud.Access(), name, args, form)
	}
	cloud.Add(cmd.Flags())
	term.AddFormat(cmd.Flags(), &form)
	term.Complete(cmd, "cloud", cloud.Complete)
	if names != nil {
		cmd.ValidArgsFunction = names(&cloud)
	}
	return cmd
}

// PrintNamed prints the resources with a name, of which OpenStack allows several. It is
// an error if there is none.
func PrintNamed[T any](out io.Writer, noun, word, cloud string, docs []T, form term.Format,
	print func(io.Writer, T) error) error {
	switch {
	case len(docs) == 0:
		return fmt.Errorf("no %[1]s %[2]q in cloud %[3]s: see `novaflow %[1]s list --all`", noun, word, cloud)
	case form.IsDocument() && len(docs) == 1:
		return term.PrintDocument(out, form, docs[0])
	case form.IsDocument():
		return term.PrintDocument(out, form, docs)
	}
	for _, d := range docs {
		if err := print(out, d); err != nil {
			return err
		}
	}
	return nil
}
