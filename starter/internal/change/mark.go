package change

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/ownership"
	"novaflow/workflows/spec"
)

// Marking is a command that adopts resources of a kind, or releases them.
type Marking struct {
	Verb, Done               string
	flow                     Flow
	Short, Long, consequence string
}

// NewMarkRequest returns the request to adopt or release a resource.
func NewMarkRequest(o spec.RunOptions, kind string, e clouds.Existing, m Marking) Request {
	return Request{
		Resource: kind + " " + e.Name, Done: m.Done, ID: spec.WorkflowID(kind, o.Cloud, e.Name), Flow: m.flow,
		Summary: fmt.Sprintf("%s %s %s in %s", m.flow.Kind, kind, e.Name, o.Cloud),
		Spec:    ownership.MarkSpec{RunOptions: o, Kind: kind, Name: e.Word},
	}
}

// Adopting puts existing resources under novaflow's management.
var Adopting = Marking{
	"adopt", "adopted", adoptFlow, "Put %[2]s that exists under novaflow's management",
	`Put %[2]s that exists under novaflow's management: it gets a mark, and nothing else of it
changes. From then on "novaflow %[1]s delete" deletes it, and "novaflow verify" misses it when
it is gone. "novaflow run revert" of the adoption removes the mark; the %[1]s stays.

Resources that another run has created or adopted are refused, and so are those of another
project.`,
	"writes a mark to %[1]s %[2]s, by which \"novaflow %[1]s delete\" may delete it",
}

// Releasing ends novaflow's management of resources.
var Releasing = Marking{
	"release", "released", releaseFlow, "End novaflow's management of %[2]s, without deleting it",
	`End novaflow's management of %[2]s: its mark is removed, and the marks of what its run
created with it, such as ports and volumes. Nothing is deleted, now or by any later run,
and "novaflow verify" no longer reports it. "novaflow run revert" of the release restores
the marks.`,
	"removes the marks of %[1]s %[2]s and of what belongs to it: no run can revert them any more",
}

// Text fills the noun into one of the texts.
func (m Marking) Text(format, noun string) string {
	article := "a "
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		article = "an "
	}
	return strings.ReplaceAll(strings.ReplaceAll(format, "%[1]s", noun), "%[2]s", article+noun)
}

// Agreed refuses the command unless the user has given --yes or asks for a dry run.
func (m Marking) Agreed(yes, dry bool, kind, name string) error {
	if yes || dry {
		return nil
	}
	return term.Usage("this "+m.consequence+": say --yes if you agree", kind, name)
}

// NewMarkCommand builds the command that adopts or releases resources other than servers.
func NewMarkCommand(session *runs.Session, noun, example string, m Marking,
	names func(*clouds.Flags) term.Completer) *cobra.Command {
	var flags Flags
	var yes bool
	cmd := &cobra.Command{
		Use: m.Verb + " NAME|ID --yes", Short: m.Text(m.Short, noun), Long: m.Text(m.Long, noun),
		Example: fmt.Sprintf("  novaflow %[1]s %[2]s %[3]s --dry-run\n  novaflow %[1]s %[2]s %[3]s --yes", noun, m.Verb,
			example), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := m.Agreed(yes, flags.dryRun, noun, args[0]); err != nil {
				return err
			}
			return RunOnExisting(session, cmd, &flags, noun, args[0],
				func(o spec.RunOptions, e clouds.Existing) Request {
					return NewMarkRequest(o, noun, e, m)
				})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "you agree to the change of its mark")
	flags.Add(cmd)
	if m.Verb == Releasing.Verb { // only what carries a mark can be released
		cmd.ValidArgsFunction = names(&flags.Cloud)
	}
	return cmd
}

func aboutAdopted(r ownership.Adopted) (string, [][2]string) {
	return fmt.Sprintf("%s %s is under novaflow's management now", r.Kind, cmp.Or(r.Name, r.ID)),
		[][2]string{{"id", r.ID}, {"mark", string(r.Mark)}}
}

func aboutReleased(r ownership.Released) (string, [][2]string) {
	return fmt.Sprintf("%s %s is no longer under novaflow's management", r.Kind, cmp.Or(r.Name, r.ID)), [][2]string{
		{"released", strings.Join(r.Released, ", ")}, {"stays its run's", strings.Join(r.Stay, ", ")},
	}
}
