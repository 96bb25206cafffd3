package glance

import (
	"context"

	"github.com/gophercloud/gophercloud/v2"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
)

// quota compares what a new image needs with the project's quota, where glance
// shows it: from Xena on, if the cloud has limits for images at all. Glance itself
// counts the new image, and does not know how long it will be: it takes one as long as
// those that are there do not exceed the total size.
// https://docs.openstack.org/api-ref/image/v2/index.html#quota-usage
func (p *imageCheck) quota(ctx context.Context, c *cloud.Client, plan *ImagePlan) error {
	var answer struct {
		Usage map[string]struct {
			Limit int `json:"limit"`
			Usage int `json:"usage"` // sizes in MiB
		} `json:"usage"`
	}
	got, err := c.Image.Get(ctx, c.Image.ServiceURL("info", "usage"), &answer, nil)
	if _, _, err = gophercloud.ParseResponse(got, err); err != nil {
		return precheck.IgnoreRefusal(precheck.QuotaOp(cloud.Glance).Wrap(ctx, err))
	}
	var quotas []precheck.QuotaLine
	for _, of := range []string{"image_count_total", "image_size_total"} {
		if usage, ok := answer.Usage[of]; ok {
			quotas = append(quotas, precheck.NewQuotaLine(cloud.Glance, of, usage.Limit, usage.Usage))
		}
	}
	needs := map[string]int{"image_count_total": 1}
	if size := answer.Usage["image_size_total"]; size.Usage > size.Limit {
		needs["image_size_total"] = int(plan.SizeBytes>>20) + 1
	}
	p.CheckQuota(quotas, needs)
	return nil
}
