package server

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

func newSetCommand(session *runs.Session) *cobra.Command {
	var name string
	var properties []string
	return newChangeCommand(session, changeCommand{
		use: "set NAME|ID [--name NAME] [--property KEY=VALUE]...", short: "Rename a server or set its properties",
		long: `Give a server another name or other properties, no matter who created it.

Either everything is set, or each value stays as it was.`,
		example: "  novaflow server set web-1 --name web-2 --property tier=front --property owner=ops",
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringVar(&name, "name", "", "the new `NAME`")
			cmd.Flags().StringArrayVar(&properties, "property", nil, "`KEY=VALUE` to set; may be given several times")
		},
		change: func(o spec.RunOptions, s clouds.Existing) (change.Request, error) {
			request := server.SetSpec{RunOptions: o, Server: s.Word, Name: name, Properties: map[string]string{}}
			for _, p := range properties {
				key, value, ok := strings.Cut(p, "=")
				if _, twice := request.Properties[key]; !ok || twice {
					return change.Request{}, term.Usage("--property %s: want KEY=VALUE, and each key once", p)
				}
				request.Properties[key] = value
			}
			return newSetRequest(request, s), nil
		},
	})
}

func newUnsetCommand(session *runs.Session) *cobra.Command {
	var properties []string
	return newChangeCommand(session, changeCommand{
		use: "unset NAME|ID --property KEY...", short: "Remove properties of a server",
		long: `Remove properties of a server, no matter who created it.

Either all of them are removed, or each keeps its value.`,
		example: "  novaflow server unset web-1 --property owner",
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringArrayVar(&properties, "property", nil, "`KEY` to remove; may be given several times")
		},
		change: func(o spec.RunOptions, s clouds.Existing) (change.Request, error) {
			return newSetRequest(server.SetSpec{RunOptions: o, Server: s.Word, Unset: slices.Clone(properties)}, s),
				nil
		},
	})
}

func newSetRequest(request server.SetSpec, s clouds.Existing) change.Request {
	return change.Request{
		Done: "changed", Flow: setFlow,
		Summary: fmt.Sprintf("change name or properties of server %s in %s", s.Name, request.Cloud), Spec: request,
	}
}

func aboutSet(s server.Changed) (string, [][2]string) {
	if s.Name != s.Was {
		return fmt.Sprintf("server %s is called %s now", s.Was, s.Name), [][2]string{{"id", s.ID}}
	}
	return fmt.Sprintf("server %s is changed", s.Name), [][2]string{{"id", s.ID}}
}
