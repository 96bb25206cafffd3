package nova

import (
	"context"
	"slices"
	"strings"

	"go.temporal.io/sdk/activity"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
)

// CheckStillCalled refuses a server that has got another name since the run was asked
// for by its old one. A run holds a name, as its workflow id is kind:cloud:name:
// a run that has locked the new name may be at work on the server too. The names in also
// may be the run's own work. Runs that are not called after a server lock the server
// otherwise.
func CheckStillCalled(ctx context.Context, c *cloud.Client, s Server, also ...string) error {
	if !activity.IsActivity(ctx) {
		return nil
	}
	locked, ok := strings.CutPrefix(activity.GetInfo(ctx).WorkflowExecution.ID, resource.KindServer+":"+c.Name+":")
	if !ok || locked == s.Name || locked == s.ID || slices.Contains(also, s.Name) {
		return nil
	}
	return cloud.Invalid("server %q is called %q now: it was renamed after you asked for a change of it. Ask again",
		locked, s.Name)
}
