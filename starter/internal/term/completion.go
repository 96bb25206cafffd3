package term

import (
	"time"

	"github.com/spf13/cobra"
)

// CompletionTimeout bounds what a shell waits for.
const CompletionTimeout = 3 * time.Second

// Completer is a function of cobra that completes a word.
type Completer = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// Complete gives a flag its completion.
func Complete(cmd *cobra.Command, flag string, with Completer) {
	if err := cmd.RegisterFlagCompletionFunc(flag, with); err != nil {
		panic(err) // the flag does not exist: a mistake in this package
	}
}

// Fixed completes from a list.
func Fixed(words ...string) Completer {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

// FirstWord completes the first argument only.
func FirstWord(with Completer) Completer {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return with(cmd, args, typed)
	}
}

// CompleteGiven completes those of the flags that the command has.
func CompleteGiven(cmd *cobra.Command, with map[string]Completer) {
	for flag, c := range with {
		if cmd.Flags().Lookup(flag) != nil {
			Complete(cmd, flag, c)
		}
	}
}

// SecondWord completes the second argument, and leaves the first to another completer.
func SecondWord(first, second Completer) Completer {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 1 {
			return second(cmd, nil, typed)
		}
		return first(cmd, args, typed)
	}
}

// NoFiles keeps the shell from offering files where a command takes a name. Commands that
// take a file are left out.
func NoFiles(cmd *cobra.Command) {
	if cmd.Runnable() && cmd.ValidArgsFunction == nil && cmd.Annotations[TakesFile] == "" {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	for _, c := range cmd.Commands() {
		NoFiles(c)
	}
}

// TakesFile is the annotation of commands whose argument is a file.
const TakesFile = "novaflow-takes-file"
