package verify

import (
	"context"
	"fmt"
	"slices"

	"go.temporal.io/sdk/client"
)

// withoutRemoved drops what runs under way have removed. Their workflow id is not always
// the id of the run that created it: a renamed server is deleted under its new name, and
// a project is purged under its own.
func (v *verification) withoutRemoved(ctx context.Context, engine client.Client, known runsKnown,
	findings []finding) ([]finding, error) {
	if !slices.ContainsFunc(findings, finding.missing) {
		return findings, nil
	}
	var now runsKnown
	for _, r := range known.underway {
		ledger, err := v.ledger(ctx, engine, r)
		if err != nil {
			return nil, fmt.Errorf("run %s (run id %s): %w", r.Workflow, r.Run, err)
		}
		now.past = append(now.past, pastRun{r.Workflow, ledger})
	}
	goes := now.removed()
	return slices.DeleteFunc(findings, func(f finding) bool { return f.missing() && goes[f.ID] }), nil
}

func (f finding) missing() bool { return f.What == isMissing }
