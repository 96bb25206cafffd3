package neutron

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
)

// ListRawPorts lists ports as neutron has them, no matter who created them.
func ListRawPorts(ctx context.Context, c *cloud.Client, o ports.ListOpts) ([]ports.Port, error) {
	op := cloud.Neutron.Op(cloud.Listing, "list ports")
	pages, err := ports.List(c.Network, o).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := ports.ExtractPorts(pages)
	return all, op.Wrap(ctx, err)
}

// inUse adds to neutron's refusal which ports hold the resource: its own words name
// none, or ids alone.
func inUse(ctx context.Context, c *cloud.Client, op cloud.Op, err error, holders ports.ListOpts) error {
	err = op.Wrap(ctx, err)
	var refusal *cloud.Error
	if !errors.As(err, &refusal) || refusal.Class != cloud.Conflict {
		return err
	}
	found, listErr := ListRawPorts(ctx, c, holders)
	if listErr != nil || len(found) == 0 {
		return err
	}
	named := *refusal
	named.Message += "; in use by " + portNames(found)
	return &named
}

// portNames says which ports, and what has them, but not without end.
func portNames(all []ports.Port) string {
	const most = 8
	var words []string
	for _, p := range all[:min(len(all), most)] {
		words = append(words, DescribeRawPort(p))
	}
	if len(all) > most {
		words = append(words, fmt.Sprintf("%d more", len(all)-most))
	}
	return strings.Join(words, ", ")
}

func DescribeRawPort(p ports.Port) string {
	name := resource.Describe(resource.KindPort, p.Name, p.ID)
	if strings.HasPrefix(p.DeviceOwner, "compute:") {
		return fmt.Sprintf("%s of server %s", name, p.DeviceID)
	}
	if p.DeviceOwner != "" {
		return strings.TrimSpace(fmt.Sprintf("%s of %s %s", name, p.DeviceOwner, p.DeviceID))
	}
	return name
}
