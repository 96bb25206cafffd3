package hosts

import (
	"context"
	"slices"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// ListNewServersAction finds what has come to a host since it was looked at.
var ListNewServersAction = saga.Read((*Activities)(nil).ListNewServers).With(task.SurveyOptions)

// NewServersQuery asks for the servers on a host beside those that were there.
type NewServersQuery struct {
	Cloud string   `json:"cloud"`
	Host  string   `json:"host"`
	Known []string `json:"known,omitempty"` // ids
}

// ListNewServers finds the servers that nova has placed on a host between the look at it
// and the end of its service. A user who thinks that the host is empty would lose them.
func (a *Activities) ListNewServers(ctx context.Context, q NewServersQuery) ([]LeaveResult, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud,
		func(ctx context.Context, c *cloud.Client) (came []LeaveResult, err error) {
			all, err := serversOn(ctx, c, q.Host)
			for _, v := range all {
				if !slices.Contains(q.Known, v.ID) {
					came = append(came, LeaveResult{ServerID: v.ID, Name: v.Name, Host: q.Host,
						Why: "it came to the host after that was looked at, and before nova was asked to place " +
							"nothing there: drain the host once more"})
				}
			}
			return came, err
		})
}
