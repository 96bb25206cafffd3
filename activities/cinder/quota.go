package cinder

import (
	"context"

	cinderlimits "github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/limits"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
)

func ListVolumeQuota(ctx context.Context, c *cloud.Client) ([]precheck.QuotaLine, error) {
	l, err := cinderlimits.Get(ctx, c.Volume).Extract()
	if err != nil {
		return nil, precheck.QuotaOp(cloud.Cinder).Wrap(ctx, err)
	}
	a := l.Absolute
	return []precheck.QuotaLine{
		precheck.NewQuotaLine(cloud.Cinder, "volumes", a.MaxTotalVolumes, a.TotalVolumesUsed),
		precheck.NewQuotaLine(cloud.Cinder, "gigabytes", a.MaxTotalVolumeGigabytes, a.TotalGigabytesUsed),
	}, nil
}
