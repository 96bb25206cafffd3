package change

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"novaflow/starter/internal/term"
	"novaflow/workflows/spec"
)

// namedSpec is a spec of a resource that gets a name.
type namedSpec[S any] interface {
	*S
	// Request gives access to the options and the name.
	Request() (*spec.RunOptions, *string)
}

// ReadRequest returns the request of a command that creates something. It comes from the
// flags by way of build, or from the file that --file names. A name on the command line
// takes precedence over the name in the file.
func ReadRequest[S spec.Spec, P namedSpec[S]](cmd *cobra.Command, flags *Flags, args []string,
	build func(spec.RunOptions, string) (S, error)) (S, error) {
	var none S
	if flags.file != "" {
		return readFromFile[S, P](cmd, flags, args)
	}
	if len(args) == 0 {
		return none, term.Usage("give a NAME, or --%s; see `%s --help`", flags.nameOfFile(), cmd.CommandPath())
	}
	options, err := flags.Options()
	if err != nil {
		return none, err
	}
	s, err := build(options, args[0])
	if err != nil {
		return none, term.Usage("invalid request:\n%s", term.ListErrors(err))
	}
	return s, nil
}

// readFromFile reads the request from the file that --file names.
func readFromFile[S spec.Spec, P namedSpec[S]](cmd *cobra.Command, flags *Flags, args []string) (S, error) {
	var s S
	if err := refuseOtherFlags(cmd, flags); err != nil {
		return s, err
	}
	if err := flags.readSpec(cmd, &s); err != nil {
		return s, err
	}
	options, name := P(&s).Request()
	if len(args) > 0 {
		*name = args[0]
	}
	var err error
	*options, err = flags.over(*options)
	return s, err
}

// refuseOtherFlags refuses flags that say what the request file says.
func refuseOtherFlags(cmd *cobra.Command, flags *Flags) (err error) {
	terms := CommonFlags(flags.FileFlag)
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && terms.Lookup(f.Name) == nil && cmd.InheritedFlags().Lookup(f.Name) == nil {
			err = term.Usage("--%s and --%s contradict each other: write it into %s; see `%s --help`", f.Name,
				flags.nameOfFile(), flags.file, cmd.CommandPath())
		}
	})
	return err
}

// CommonFlags returns the flags that all changes share. They say how a request is run,
// and not what is requested. The flag that names the request file is called file unless
// fileFlag gives another name.
func CommonFlags(fileFlag string) *pflag.FlagSet {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	f := Flags{FileFlag: fileFlag}
	f.addTerms(all)
	f.addOnFailure(all)
	f.addFileTo(all)
	return all
}
