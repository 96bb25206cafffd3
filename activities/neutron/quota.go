package neutron

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/quotas"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
)

func ListNetworkQuota(ctx context.Context, c *cloud.Client) ([]precheck.QuotaLine, error) {
	q, err := quotas.GetDetail(ctx, c.Network, c.Project).Extract()
	if err != nil {
		return nil, precheck.QuotaOp(cloud.Neutron).Wrap(ctx, err)
	}
	of := func(name string, d quotas.QuotaDetail) precheck.QuotaLine {
		return precheck.NewQuotaLine(cloud.Neutron, name, d.Limit, d.Used+d.Reserved)
	}
	return []precheck.QuotaLine{of("network", q.Network), of("subnet", q.Subnet), of("router", q.Router),
		of("port", q.Port), of("floatingip", q.FloatingIP), of("security_group", q.SecurityGroup),
		of("security_group_rule", q.SecurityGroupRule)}, nil
}

// DefaultRules is how many rules neutron puts into a new security group: one for
// each IP version, to let everything out.
const DefaultRules = 2
