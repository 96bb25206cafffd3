package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

// markChange is a run that adopts a thing or lets it go.
func markChange(o workflows.RunOptions, kind string, e clouds.Existing, m marking) change {
	return change{
		resource: kind + " " + e.Name, done: m.done, id: workflows.WorkflowID(kind, o.Cloud, e.Name), flow: m.flow,
		summary: fmt.Sprintf("%s %s %s in %s", m.flow.kind, kind, e.Name, o.Cloud), spec: workflows.MarkSpec{RunOptions: o, Kind: kind, Name: e.Word},
	}
}

// marking is a command that adopts things of a kind, or lets them go.
type marking struct {
	verb, done               string
	flow                     flow
	short, long, consequence string
}

var adopting = marking{
	"adopt", "adopted", adoptFlow, "Put %[2]s that exists under novaflow's management",
	`Put %[2]s that exists under novaflow's management: it gets a mark, and nothing else of it
changes. From then on "novaflow %[1]s delete" deletes it, and "novaflow verify" misses it when
it is gone. "novaflow run revert" of the adoption takes the mark away; the %[1]s stays.

What another run has made or adopted is refused, and so is what belongs to another project.`,
	"writes a mark to %[1]s %[2]s, by which \"novaflow %[1]s delete\" may delete it",
}

var releasing = marking{
	"release", "released", releaseFlow, "End novaflow's management of %[2]s, without deleting it",
	`End novaflow's management of %[2]s: its mark goes, and that of what its run made beside it,
such as ports and volumes. Nothing is deleted, now or by any run later, and "novaflow verify"
says no more about it. "novaflow run revert" of the release brings the marks back.`,
	"takes the mark away from %[1]s %[2]s and what belongs to it: no run can take them back any more",
}

// text is one of the texts for a noun.
func (m marking) text(format, noun string) string {
	article := "a "
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		article = "an "
	}
	return strings.ReplaceAll(strings.ReplaceAll(format, "%[1]s", noun), "%[2]s", article+noun)
}

// agreed refuses unless the user has agreed to what the command does.
func (m marking) agreed(yes, dry bool, kind, name string) error {
	if yes || dry {
		return nil
	}
	return term.Usage("this "+m.consequence+": say --yes if you agree", kind, name)
}

func serverMarkCommand(session *session, m marking) *cobra.Command {
	var yes bool
	return serverChangeCommand(session, serverChange{
		use: m.verb + " NAME|ID --yes", short: m.text(m.short, "server"), long: m.text(m.long, "server"),
		example: "  novaflow server " + m.verb + " web-1 --dry-run\n  novaflow server " + m.verb + " web-1 --yes --reason \"" + m.done + " by the platform team\"",
		flags: func(cmd *cobra.Command) {
			cmd.Flags().BoolVar(&yes, "yes", false, "you agree to the change of its mark")
		},
		change: func(o workflows.RunOptions, s clouds.Existing) (change, error) {
			return markChange(o, "server", s, m), m.agreed(yes, o.DryRun, "server", s.Name)
		},
	})
}

// markCommand adopts or releases things other than servers.
func markCommand(session *session, noun, example string, m marking, names func(*clouds.Flags) term.Completer) *cobra.Command {
	var flags changeFlags
	var yes bool
	cmd := &cobra.Command{
		Use: m.verb + " NAME|ID --yes", Short: m.text(m.short, noun), Long: m.text(m.long, noun),
		Example: fmt.Sprintf("  novaflow %[1]s %[2]s %[3]s --dry-run\n  novaflow %[1]s %[2]s %[3]s --yes", noun, m.verb, example), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := m.agreed(yes, flags.dryRun, noun, args[0]); err != nil {
				return err
			}
			return changeThing(session, cmd, &flags, noun, args[0], func(o workflows.RunOptions, e clouds.Existing) change {
				return markChange(o, noun, e, m)
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "you agree to the change of its mark")
	flags.add(cmd)
	if m.verb == releasing.verb { // what carries a mark is what can be released
		cmd.ValidArgsFunction = names(&flags.cloud)
	}
	return cmd
}

func aboutAdopted(r workflows.Adopted) (string, [][2]string) {
	return fmt.Sprintf("%s %s is under novaflow's management now", r.Kind, cmp.Or(r.Name, r.ID)), [][2]string{{"id", r.ID}, {"mark", string(r.Mark)}}
}

func aboutReleased(r workflows.Released) (string, [][2]string) {
	return fmt.Sprintf("%s %s is no longer under novaflow's management", r.Kind, cmp.Or(r.Name, r.ID)), [][2]string{
		{"released", strings.Join(r.Released, ", ")}, {"stays its run's", strings.Join(r.Stay, ", ")},
	}
}
