//go:build openstack

package openstack

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/config"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"
)

// connect opens an entry of clouds.yaml.
func connect(t *testing.T, cloud string) (*gophercloud.ProviderClient, gophercloud.EndpointOpts) {
	t.Helper()
	provider, endpoint, err := dial(t.Context(), cloud)
	require.NoError(t, err)
	return provider, endpoint
}

func dial(ctx context.Context, cloud string) (*gophercloud.ProviderClient, gophercloud.EndpointOpts, error) {
	auth, endpoint, tls, err := clouds.Parse(clouds.WithCloudName(cloud))
	if err != nil {
		return nil, endpoint, err
	}
	provider, err := config.NewProviderClient(ctx, auth, config.WithTLSConfig(tls))
	return provider, endpoint, err
}

func services(t *testing.T) (compute, network, storage *gophercloud.ServiceClient) {
	t.Helper()
	compute, network, storage, err := dialServices(t.Context())
	require.NoError(t, err)
	return compute, network, storage
}

func dialServices(ctx context.Context) (compute, network, storage *gophercloud.ServiceClient, err error) {
	provider, endpoint, err := dial(ctx, cloudName)
	if err != nil {
		return nil, nil, nil, err
	}
	compute, noCompute := openstack.NewComputeV2(provider, endpoint)
	network, noNetwork := openstack.NewNetworkV2(provider, endpoint)
	storage, noStorage := openstack.NewBlockStorageV3(provider, endpoint)
	return compute, network, storage, errors.Join(noCompute, noNetwork, noStorage)
}

// awaitServices waits until every service of an inventory answers. A service that was
// just started again may not answer yet.
func awaitServices(t *testing.T) {
	t.Helper()
	var err error
	well := 0 // answers in a row: each of a service's connections to its database breaks by itself
	for end := time.Now().Add(2 * time.Minute); well < 3 && time.Now().Before(end); time.Sleep(time.Second) {
		if err = ask(t.Context()); err != nil {
			well = 0
		} else {
			well++
		}
	}
	require.NoError(t, err, "the cloud does not answer")
}

// ask asks each service of an inventory.
func ask(ctx context.Context) error {
	compute, network, storage, err := dialServices(ctx)
	if err != nil {
		return err
	}
	_, noServers := servers.List(compute, servers.ListOpts{}).AllPages(ctx)
	_, noPorts := ports.List(network, ports.ListOpts{}).AllPages(ctx)
	_, noVolumes := volumes.List(storage, volumes.ListOpts{}).AllPages(ctx)
	return errors.Join(noServers, noPorts, noVolumes)
}
