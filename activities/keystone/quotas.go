package keystone

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gophercloud/gophercloud/v2"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// QuotaAction sets quotas of a project and resets them.
var QuotaAction = saga.Do((*Activities)(nil).SetQuota).UndoneBy((*Activities)(nil).ResetQuota).
	With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// Services that have quotas, as users call them.
const (
	QuotaCompute = "compute"
	QuotaNetwork = "network"
	QuotaVolume  = "volume"
)

// SetQuotaInput says what a project that the run created may use of a service.
type SetQuotaInput struct {
	Cloud     string         `json:"cloud"`
	ProjectID string         `json:"projectId"`
	Service   string         `json:"service"` // QuotaCompute, QuotaNetwork or QuotaVolume
	Limits    map[string]int `json:"limits"`  // by the service's own names; -1 is no limit
}

// QuotaSet is what a project may use of a service, beside the defaults.
type QuotaSet struct {
	ProjectID string         `json:"projectId"`
	Service   string         `json:"service"`
	Limits    map[string]int `json:"limits"`
	cloud.Answered
}

// quotaAPI is where a service has its quotas. Nova and cinder differ from neutron in
// the path, and all in the status of a DELETE.
type quotaAPI struct {
	service  cloud.Service
	client   func(*cloud.Client) *gophercloud.ServiceClient
	path     string
	defaults string
	body     string
}

var quotaAPIs = map[string]quotaAPI{
	QuotaCompute: {cloud.Nova, func(c *cloud.Client) *gophercloud.ServiceClient { return c.Compute }, "os-quota-sets",
		"defaults", "quota_set"},
	QuotaNetwork: {cloud.Neutron, func(c *cloud.Client) *gophercloud.ServiceClient { return c.Network }, "quotas",
		"default", "quota"},
	QuotaVolume: {cloud.Cinder, func(c *cloud.Client) *gophercloud.ServiceClient { return c.Volume }, "os-quota-sets",
		"defaults", "quota_set"},
}

// SetQuota sets quotas of a project. Those that are not named stay what they are.
// Repeating it changes nothing.
func (a *Activities) SetQuota(ctx context.Context, in saga.Intent[SetQuotaInput]) (QuotaSet, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (QuotaSet, error) {
		q := in.In
		api, known := quotaAPIs[q.Service]
		if !known {
			return QuotaSet{}, cloud.Invalid("there are no quotas of %q: known are %s, %s and %s", q.Service,
				QuotaCompute, QuotaNetwork, QuotaVolume)
		}
		put, cancel, err := task.Uninterrupted(ctx)
		if err != nil {
			return QuotaSet{}, err
		}
		defer cancel()
		on := api.client(c)
		_, err = on.Put(put, on.ServiceURL(api.path, q.ProjectID), map[string]any{api.body: q.Limits}, nil,
			&gophercloud.RequestOpts{OkCodes: []int{http.StatusOK}})
		what := fmt.Sprintf("set the %s quota of project %s", q.Service, q.ProjectID)
		return QuotaSet{ProjectID: q.ProjectID, Service: q.Service, Limits: q.Limits},
			api.service.Op(cloud.Changing, what).Wrap(ctx, err)
	})
}

// ResetQuota gives a project the defaults of the service again. A project that never
// had others, or is gone, is fine.
func (a *Activities) ResetQuota(ctx context.Context, u saga.Undo[SetQuotaInput, QuotaSet]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		return ResetServiceQuota(ctx, c, u.In.ProjectID, u.In.Service)
	})
}

func ResetServiceQuota(ctx context.Context, c *cloud.Client, project, service string) error {
	api, known := quotaAPIs[service]
	if !known || project == "" {
		return nil // nothing was set
	}
	on := api.client(c)
	_, err := on.Delete(ctx, on.ServiceURL(api.path, project),
		&gophercloud.RequestOpts{OkCodes: []int{http.StatusOK, http.StatusAccepted, http.StatusNoContent}})
	what := fmt.Sprintf("reset the %s quota of project %s", service, project)
	return cloud.IgnoreGone(api.service.Op(cloud.Deleting, what).Wrap(ctx, err))
}

// defaultQuotas returns the quotas that a service knows, with their defaults.
func defaultQuotas(ctx context.Context, c *cloud.Client, service string) (map[string]int, error) {
	api := quotaAPIs[service]
	on := api.client(c)
	var body map[string]map[string]any
	_, err := on.Get(ctx, on.ServiceURL(api.path, c.Project, api.defaults), &body, nil)
	known := map[string]int{}
	for key, value := range body[api.body] {
		if n, ok := value.(json.Number); ok {
			limit, _ := n.Int64()
			known[key] = int(limit)
		}
	}
	return known, api.service.Op(cloud.Reading, "show the default quotas of "+service).Wrap(ctx, err)
}
