package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

// named is a spec of a resource that gets a name.
type named[S any] interface {
	*S
	// Request gives access to the options and the name.
	Request() (*workflows.RunOptions, *string)
}

// requested is the request of a command that makes something: from its flags by
// way of build, or from the file that --file names. The name on the command line
// goes before that in the file.
func requested[S workflows.Spec, P named[S]](cmd *cobra.Command, flags *changeFlags, args []string, build func(workflows.RunOptions, string) (S, error)) (S, error) {
	var none S
	if flags.file != "" {
		return fromFile[S, P](cmd, flags, args)
	}
	if len(args) == 0 {
		return none, term.Usage("give a NAME, or --%s; see `%s --help`", flags.nameOfFile(), cmd.CommandPath())
	}
	options, err := flags.options()
	if err != nil {
		return none, err
	}
	s, err := build(options, args[0])
	if err != nil {
		return none, term.Usage("this cannot be asked for:\n%s", term.ListErrors(err))
	}
	return s, nil
}

func fromFile[S workflows.Spec, P named[S]](cmd *cobra.Command, flags *changeFlags, args []string) (S, error) {
	var s S
	if err := onlyFile(cmd, flags); err != nil {
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

// onlyFile refuses flags that say what a file says.
func onlyFile(cmd *cobra.Command, flags *changeFlags) (err error) {
	terms := commonFlags(flags.fileFlag)
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && terms.Lookup(f.Name) == nil && cmd.InheritedFlags().Lookup(f.Name) == nil {
			err = term.Usage("--%s and --%s contradict each other: write it into %s; see `%s --help`", f.Name, flags.nameOfFile(), flags.file, cmd.CommandPath())
		}
	})
	return err
}

// commonFlags returns the flags that all changes share. They say how to run a request, and
// not what is requested. The flag that names a file is file unless it has another name.
func commonFlags(fileFlag string) *pflag.FlagSet {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	f := changeFlags{fileFlag: fileFlag}
	f.addTerms(all)
	f.addOnFailure(all)
	f.addFileTo(all)
	return all
}
