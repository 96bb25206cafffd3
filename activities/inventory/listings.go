package inventory

import (
	"context"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/neutron"
)

// ListNetworkParts lists what the run that created a network has created beside it, and
// who else is on it, in words.
func ListNetworkParts(ctx context.Context, clouds *cloud.Clouds, name string,
	n neutron.Network) (parts []resource.OwnedObject, users []string, err error) {
	opened, err := clouds.Open(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	s, err := listStack(ctx, opened, n.Mark.Run())
	return s.parts(), s.users(), err
}
