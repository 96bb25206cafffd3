package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

func flowCommand(out io.Writer) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "flow",
		Short: "Look at flows: what a run would do",
		Long: `Look at flows: the tasks that a run would do, in which order, and how each is undone.
Neither an engine nor a cloud is needed.`,
		Example: "  novaflow flow draw server-create",
		Args:    cobra.ArbitraryArgs,
		RunE:    term.Group,
	}
	cmd.AddCommand(flowListCommand(out), flowDrawCommand(out), flowSchemaCommand(out))
	return cmd
}

// flowRow is a flow in the list.
type flowRow struct {
	Name  string   `json:"name"`
	Tasks []string `json:"tasks"` // of the example, in the order of the flow
}

func flowListCommand(out io.Writer) *cobra.Command {
	var form term.Format
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the flows that this version knows",
		Long:    "List the flows that this version knows, with the tasks that they have for an example.",
		Example: "  novaflow flow list",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return listFlows(out, form) },
	}
	term.AddFormat(cmd.Flags(), &form)
	return cmd
}

func listFlows(out io.Writer, form term.Format) error {
	var docs []flowRow
	rows := [][]string{{"FLOW", "TASKS OF AN EXAMPLE"}}
	for _, e := range workflows.Flows() {
		f, err := e.Plan(nil)
		if err != nil {
			return err
		}
		docs = append(docs, flowRow{Name: e.Name, Tasks: f.Tasks()})
		rows = append(rows, []string{e.Name, strings.Join(f.Tasks(), ", ")})
	}
	if form.IsDocument() {
		return term.PrintDocument(out, form, docs)
	}
	return term.PrintTable(out, rows)
}

func flowDrawCommand(out io.Writer) *cobra.Command {
	var language runs.DrawingLanguage
	var input string
	cmd := &cobra.Command{
		Use:   "draw FLOW",
		Short: "Draw a flow in Mermaid or for Graphviz",
		Long: `Draw a flow: its tasks with their undo, the data that runs between them, its scopes
with their policies, and its point of no return. It is drawn for an example, or for
the input in a JSON file; what the file leaves out is as in the example.`,
		Example: `  novaflow flow draw server-create
  novaflow flow draw server-create --format dot | dot -Tsvg > server-create.svg
  echo '{"volumes": [{"size": 1}, {"size": 2}]}' | novaflow flow draw server-create --input -`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return drawFlow(out, cmd.InOrStdin(), args[0], input, language)
		},
		ValidArgsFunction: term.Fixed(runs.FlowNames()...),
	}
	cmd.Flags().StringVar(&input, "input", "", "`FILE` with input of the flow's workflow as JSON; - is the standard input")
	language.Add(cmd)
	return cmd
}

func drawFlow(out io.Writer, stdin io.Reader, name, input string, language runs.DrawingLanguage) error {
	e, err := runs.ResolveFlow(name)
	if err != nil {
		return err
	}
	text, err := readInput(stdin, input)
	if err != nil {
		return err
	}
	f, err := e.Plan(text)
	if err != nil {
		return term.Usage("%w", err)
	}
	_, err = io.WriteString(out, language.Draw(f))
	return err
}

// readInput is what a file holds; nothing if there is none.
func readInput(stdin io.Reader, file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	return term.ReadFile(stdin, "--input", file)
}

var _ pflag.Value = (*runs.DrawingLanguage)(nil)
