package change

import (
	"cmp"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"novaflow/saga"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
	"novaflow/workflows/spec"
)

// Flags are the flags of every command that changes a cloud: where, why, under which
// conditions, and how to start and follow the run.
type Flags struct {
	RunFlags
	Cloud        clouds.Flags
	reason       string
	deadline     time.Duration
	onFailure    string
	dryRun       bool
	queued       bool          // wait for what another run holds
	queueTimeout time.Duration // for so long
	file         string        // "" where the request comes from flags
	FileFlag     string        // that names the file; "" is file
}

// Add adds the flags for a run that can be reverted.
func (f *Flags) Add(cmd *cobra.Command) {
	f.AddForward(cmd)
	f.addOnFailure(cmd.Flags())
	term.Complete(cmd, "on-failure", term.Fixed(Policies...))
}

func (f *Flags) addOnFailure(fs *pflag.FlagSet) {
	fs.StringVar(&f.onFailure, "on-failure", "",
		"what a failure leads to: revert (default), hold to wait for you, or keep what was created")
}

// AddForward adds the flags for a run that only goes forward, such as a deletion.
func (f *Flags) AddForward(cmd *cobra.Command) {
	f.addTerms(cmd.Flags())
	cmd.MarkFlagsMutuallyExclusive("wait", "no-wait")
	term.Complete(cmd, "cloud", f.Cloud.Complete)
	term.Complete(cmd, "output", term.Fixed(string(term.AsTable), string(term.AsJSON), string(term.AsYAML)))
}

func (f *Flags) addTerms(fs *pflag.FlagSet) {
	f.RunFlags.addTo(fs)
	f.Cloud.Add(fs)
	fs.StringVar(&f.reason, "reason", "", "why, for the audit and for people who look at the run later")
	fs.DurationVar(&f.deadline, "deadline", 0, fmt.Sprintf("how long the run may take before it reverts or, if it "+
		"cannot revert, counts as stuck (default %s)", saga.DefaultDeadline))
	fs.BoolVar(&f.queued, "queue", false, "wait until no other run holds the resource, instead of being refused")
	fs.DurationVar(&f.queueTimeout, "queue-timeout", defaultQueueTimeout,
		"how long to wait with --queue, for each resource that is locked")
	fs.BoolVar(&f.dryRun, "dry-run", false, "look everything up and print the plan; change nothing")
}

// AddFile adds the flag that names a request file.
func (f *Flags) AddFile(cmd *cobra.Command) {
	f.addFileTo(cmd.Flags())
}

func (f *Flags) addFileTo(fs *pflag.FlagSet) {
	fs.StringVarP(&f.file, f.nameOfFile(), "f", "",
		"`FILE` in YAML or JSON with the request, instead of flags; - is the standard input")
}

func (f *Flags) nameOfFile() string { return cmp.Or(f.FileFlag, "file") }

// Options returns what the flags say about the run as such.
func (f *Flags) Options() (spec.RunOptions, error) {
	cloud, err := f.Cloud.Choose()
	o := spec.RunOptions{
		Cloud: cloud, Deadline: spec.Duration(f.deadline), OnFailure: saga.OnFailure(f.onFailure),
		DryRun: f.dryRun,
	}
	switch {
	case f.queued && f.queueTimeout <= 0:
		return o, term.Usage("--queue-timeout %s: it has to be longer than 0", f.queueTimeout)
	case f.queued:
		o.LockWait = spec.Duration(f.queueTimeout)
	}
	return o, err
}

// over returns the options of a request from a file. Flags take precedence over the file.
func (f *Flags) over(o spec.RunOptions) (spec.RunOptions, error) {
	if o.Cloud != "" && f.Cloud.Name == "" {
		f.Cloud.Name = o.Cloud
	}
	flags, err := f.Options()
	o.Cloud, o.DryRun = flags.Cloud, o.DryRun || flags.DryRun
	if flags.Deadline != 0 {
		o.Deadline = flags.Deadline
	}
	if flags.LockWait != 0 {
		o.LockWait = flags.LockWait
	}
	if flags.OnFailure != "" {
		o.OnFailure = flags.OnFailure
	}
	return o, err
}

// readSpec reads the request from the file.
func (f *Flags) readSpec(cmd *cobra.Command, spec any) error {
	text, err := term.ReadFile(cmd.InOrStdin(), "--"+f.nameOfFile(), f.file)
	if err != nil {
		return err
	}
	if err := decodeSpec(text, spec); err != nil {
		return term.Usage("%s is not a valid request:\n%s", f.file, term.ListErrors(err))
	}
	return nil
}

// Policies are the values of --on-failure.
var Policies = []string{string(saga.OnFailureRevert), string(saga.OnFailureHold), string(saga.OnFailureKeep)}
