package change

import (
	"context"
	"fmt"
	"strings"

	"go.temporal.io/sdk/client"

	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/spec"
	"novaflow/workflows/spec/topology"
)

// AboutDeleted puts the result of a deletion into words.
func AboutDeleted(d spec.Deleted) (string, [][2]string) {
	words := "deleted, with everything that was created for it:\n  " + strings.Join(d.Removed, "\n  ")
	if len(d.Left) > 0 {
		words += "\nnot deleted, because others use it:\n  " + strings.Join(d.Left, "\n  ")
	}
	return words, nil
}

// AboutNetwork puts a created network into words.
func AboutNetwork(n topology.Network) (string, [][2]string) {
	fields := [][2]string{{"id", n.ID}}
	for _, s := range n.Subnets {
		fields = append(fields, [2]string{"subnet " + s.CIDR, s.ID})
	}
	return fmt.Sprintf("network %s was created", n.Name), append(fields, [2]string{"router", n.Router},
		[2]string{"external addresses", strings.Join(n.ExternalIPs, ", ")},
		[2]string{"security group", n.SecurityGroup})
}

// ReportCommitted reports what a committed run has done.
func ReportCommitted(ctx context.Context, session *runs.Session, engine client.Client, s runs.Snapshot,
	form term.Format) error {
	result, err := runs.ReadResult(ctx, engine, s.Workflow, s.Run)
	if err != nil {
		return resultError(err)
	}
	if form.IsDocument() {
		return term.PrintDocument(session.Out, form,
			Report{Workflow: s.Workflow, Run: s.Run, Outcome: runs.NewOutcome(s, nil), Result: result})
	}
	about, known := session.Reporters[s.Kind]
	if !known {
		fmt.Fprintf(session.Out, "%s %s has committed: %s\n", s.Kind, s.Workflow, result)
		return nil
	}
	headline, fields, err := about(result)
	if err != nil {
		return resultError(err)
	}
	fmt.Fprintln(session.Out, headline)
	return term.PrintFields(session.Out, append(fields, [2]string{"run", s.Workflow + ", run id " + s.Run}))
}

// resultError says that a run has committed although its result cannot be read.
func resultError(err error) error {
	return fmt.Errorf("the run has committed, but its result cannot be read: %w", err)
}
