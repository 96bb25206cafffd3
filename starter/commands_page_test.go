package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/runs"
)

var update = flag.Bool("update", false, "write the page anew")

// Readers of the page must find the commands that there are.
func TestPageOfCommandsIsFresh(t *testing.T) {
	page := filepath.Join("..", "docs", "commands.md")
	text := commandsPage(newRoot((&runs.Session{Out: io.Discard, ErrOut: io.Discard})))
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(text), 0o644))
	}
	found, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, text, string(found),
		"docs/commands.md is stale: run the test with -update and look at the difference")
}

// A user who types --help must read what a command is for and see an example.
func TestEveryCommandHasHelpAndAnExample(t *testing.T) {
	each(newRoot((&runs.Session{Out: io.Discard, ErrOut: io.Discard})), func(cmd *cobra.Command) {
		require.NotEmpty(t, cmd.Short, cmd.CommandPath())
		require.NotEmpty(t, cmd.Long, cmd.CommandPath())
		require.NotEmpty(t, cmd.Example, cmd.CommandPath())
		require.Contains(t, cmd.Example, cmd.CommandPath(), "an example of %s", cmd.CommandPath())
	})
}

// each visits the commands that do something, in the order of the help.
func each(cmd *cobra.Command, visit func(*cobra.Command)) {
	if cmd.Runnable() && (!cmd.HasSubCommands() || cmd.LocalNonPersistentFlags().Lookup("output") != nil) &&
		cmd.Parent() != nil && cmd.Name() != "help" && cmd.Parent().Name() != "completion" {
		visit(cmd)
	}
	for _, sub := range cmd.Commands() {
		each(sub, visit)
	}
}

func commandsPage(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# Commands\n\nAll commands of `novaflow`, generated from the program; `--help` says more about " +
		"each and has examples.\n" +
		"[Operating](operating.md) says which of them to use when.\n\n| command | |\n|---|---|\n")
	each(root, func(cmd *cobra.Command) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", escaped(cmd.UseLine()), escaped(cmd.Short))
	})
	terms := change.CommonFlags("")
	b.WriteString("\n## Flags of every change\n\n" +
		"Commands that change a cloud share these flags. Those that only go forward have no `--on-failure`, and\n" +
		"`--file` is for what is created.\n\n| flag | |\n|---|---|\n")
	terms.VisitAll(func(f *pflag.Flag) {
		_, about := pflag.UnquoteUsage(f)
		fmt.Fprintf(&b, "| `--%s` | %s |\n", f.Name, escaped(about))
	})
	return b.String()
}

func escaped(text string) string {
	return strings.ReplaceAll(strings.TrimSuffix(text, " [flags]"), "|", `\|`)
}
