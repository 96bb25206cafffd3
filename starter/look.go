package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/starter/internal/term"
)

// cloudTimeout bounds what a command asks a cloud by itself.
const cloudTimeout = 30 * time.Second

// look is what a command does that asks a cloud by itself and starts no run.
type look func(ctx context.Context, access *activities.Clouds, cloud string, args []string, form term.Format) error

// looking makes a command one that looks: with the flags for cloud and output, and
// where it takes a name, with completion.
func looking(cmd *cobra.Command, names func(*cloudFlags) term.Completer, look look) *cobra.Command {
	var cloud cloudFlags
	var form term.Format
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name, err := cloud.choose()
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), cloudTimeout)
		defer cancel()
		return look(ctx, cloud.clouds(), name, args, form)
	}
	cloud.add(cmd.Flags())
	term.AddFormat(cmd.Flags(), &form)
	term.Complete(cmd, "cloud", cloud.complete)
	if names != nil {
		cmd.ValidArgsFunction = names(&cloud)
	}
	return cmd
}

// printNamed prints the things that a word names, which OpenStack allows to be
// several. That there is none is an error.
func printNamed[T any](out io.Writer, noun, word, cloud string, docs []T, form term.Format, print func(io.Writer, T) error) error {
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
