package main

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/audit"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/dev"
	"novaflow/starter/internal/flow"
	"novaflow/starter/internal/host"
	"novaflow/starter/internal/image"
	"novaflow/starter/internal/key"
	"novaflow/starter/internal/lock"
	"novaflow/starter/internal/network"
	"novaflow/starter/internal/project"
	"novaflow/starter/internal/run"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/server"
	"novaflow/starter/internal/term"
	"novaflow/starter/internal/verify"
	"novaflow/starter/internal/volume"
)

// newRoot builds the tree of commands.
func newRoot(session *runs.Session) *cobra.Command {
	root := &cobra.Command{
		Use:   "novaflow",
		Short: "Change OpenStack clouds in runs that commit whole or leave nothing",
		Long: `Novaflow changes an OpenStack cloud in runs: a run either commits, and everything
it was asked for exists, or it fails, and everything it created is reverted.

Exit codes: 0 committed; 1 reverted, failed or cancelled; 2 the request itself is
wrong and nothing was started; 3 the run is stuck or held and needs a decision;
130 you stopped watching, or the engine was away for too long, and the run goes on; or
you stopped waiting (--queue) and nothing was started.`,
		Example: `  novaflow dev                                  # an engine, a cloud and a worker to try it with
  novaflow server create web-1 --image tiny --flavor m1.small --network private
  novaflow run list`,
		Version:       readVersion(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE:          term.Group,
	}
	session.Reporters = allReporters()
	root.SetOut(session.Out)
	root.SetErr(session.ErrOut)
	session.Connection.AddFlags(root.PersistentFlags())
	session.Connection.FallbackKeys = clouds.DevKeysFile(clouds.DevHome())
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if args := cmd.Flags().Args(); cmd.HasSubCommands() && len(args) > 0 {
			return term.Group(cmd, args) // the flag is one of a command that does not exist
		}
		return term.Usage("%w; see `%s --help`", err, cmd.CommandPath())
	})
	root.AddCommand(server.Command(session), volume.Command(session), image.Command(session), network.Command(session),
		host.Command(session), project.Command(session), lock.Command(session), run.Command(session),
		flow.Command(session.Out))
	root.AddCommand(audit.Command(session), verify.Command(session), key.Command(session), dev.Command(session),
		dev.DemoCommand(session, server.NewCreateRequest))
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "completion":
			cmd.Args, cmd.RunE = cobra.ArbitraryArgs, term.Group // the shell is checked like any other word
		case "help":
			cmd.Run, cmd.RunE = nil, showHelp
		}
	}
	makeStrict(root)
	term.NoFiles(root)
	return root
}

// makeStrict turns mistakes in arguments into usage errors, in every command.
func makeStrict(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			err := cmp.Or(check(cmd, args), checkUTF8(args), term.CheckFlagGroups(cmd))
			if err != nil {
				return term.Usage("%w; see `%s --help`", err, cmd.CommandPath())
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		makeStrict(sub)
	}
}

// checkUTF8 refuses a word that the engine would not transport.
func checkUTF8(args []string) error {
	for _, a := range args {
		if !utf8.ValidString(a) {
			return fmt.Errorf("%q is not UTF-8", a)
		}
	}
	return nil
}

// showHelp shows the help of a command, or an error if there is no such command.
func showHelp(cmd *cobra.Command, args []string) error {
	about, rest, err := cmd.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return term.Group(about, rest)
	}
	about.InitDefaultHelpFlag()
	return about.Help()
}

// readVersion returns what the binary was built from.
func readVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (v == "" || v == "(devel)") {
			v = s.Value[:min(12, len(s.Value))]
		}
	}
	return cmp.Or(v, "development")
}
