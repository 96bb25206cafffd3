package nova

import (
	"context"

	novalimits "github.com/gophercloud/gophercloud/v2/openstack/compute/v2/limits"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
)

func ListComputeQuota(ctx context.Context, c *cloud.Client) ([]precheck.QuotaLine, error) {
	l, err := novalimits.Get(ctx, c.Compute, nil).Extract()
	if err != nil {
		return nil, precheck.QuotaOp(cloud.Nova).Wrap(ctx, err)
	}
	a := l.Absolute
	return []precheck.QuotaLine{
		precheck.NewQuotaLine(cloud.Nova, "instances", a.MaxTotalInstances, a.TotalInstancesUsed),
		precheck.NewQuotaLine(cloud.Nova, "cores", a.MaxTotalCores, a.TotalCoresUsed),
		precheck.NewQuotaLine(cloud.Nova, "ram", a.MaxTotalRAMSize, a.TotalRAMUsed),
		precheck.NewQuotaLine(cloud.Nova, QuotaServerGroups, a.MaxServerGroups, a.TotalServerGroupsUsed),
		precheck.NewQuotaLine(cloud.Nova, QuotaKeyPairs, a.MaxTotalKeypairs, 0),   // counted by the user's list
		precheck.NewQuotaLine(cloud.Nova, QuotaMetadataItems, a.MaxServerMeta, 0), // of each server
	}, nil
}

// Lines of nova's quota, in its words.
const (
	QuotaServerGroups  = "server_groups"
	QuotaKeyPairs      = "key_pairs"
	QuotaMetadataItems = "metadata_items"
)
