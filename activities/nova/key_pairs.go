package nova

import (
	"context"
	"fmt"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/keypairs"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// KeyPairAction creates a key pair from a public key and deletes it. Nova could
// make the private key too, but would tell it in its answer, and what activities
// are told is in history.
var KeyPairAction = saga.Do((*Activities)(nil).CreateKeyPair).UndoneBy((*Activities)(nil).DeleteKeyPair).
	With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// CreateKeyPairInput says what key pair to create, for the user of the cloud's
// entry in clouds.yaml.
type CreateKeyPairInput struct {
	Cloud     string `json:"cloud"`
	Name      string `json:"name"`      // unique among the user's
	PublicKey string `json:"publicKey"` // a line of authorized_keys
}

// KeyPair is a nova key pair. Its id is its name.
type KeyPair struct {
	resource.OwnedObject
	Fingerprint string `json:"fingerprint,omitempty"`
}

// The last word of the public key's comment is the mark: nova keeps the line as
// it is, and nothing else that is ours.
var KeyPairs = resource.Kind[KeyPair]{
	Name: resource.KindKeyPair, Service: cloud.Nova,
	List: func(ctx context.Context, c *cloud.Client, m saga.Mark) ([]KeyPair, error) {
		all, err := findKeyPairs(ctx, c)
		return resource.KeepMarked(m, all), err
	},
	Show: func(ctx context.Context, c *cloud.Client, id string) (KeyPair, error) {
		k, err := keypairs.Get(ctx, c.Compute, id, nil).Extract()
		return toKeyPair(c, k), err
	},
	Delete: func(ctx context.Context, c *cloud.Client, v KeyPair) error {
		return keypairs.Delete(ctx, c.Compute, v.ID, nil).ExtractErr()
	},
}

// CreateKeyPair creates a key pair, or adopts the one with the mark.
func (a *Activities) CreateKeyPair(ctx context.Context, in saga.Intent[CreateKeyPairInput]) (KeyPair, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (KeyPair, error) {
		what := fmt.Sprintf("create key pair %q", in.In.Name)
		return KeyPairs.Ensure(ctx, c, what, in.Mark, func(ctx context.Context) (KeyPair, error) {
			k, err := keypairs.Create(ctx, c.Compute, keypairs.CreateOpts{
				Name: in.In.Name, PublicKey: strings.TrimSpace(in.In.PublicKey) + " " + string(in.Mark),
			}).Extract()
			return toKeyPair(c, k), err
		})
	})
}

// DeleteKeyPair makes sure that the key pair is absent. Servers that were created
// with it keep the key.
func (a *Activities) DeleteKeyPair(ctx context.Context, u saga.Undo[CreateKeyPairInput, KeyPair]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		return KeyPairs.DeleteMarked(ctx, c, resource.IDOf(u.Out), u.Mark)
	})
}

func findKeyPairs(ctx context.Context, c *cloud.Client) ([]KeyPair, error) {
	pages, err := keypairs.List(c.Compute, keypairs.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := keypairs.ExtractKeyPairs(pages)
	var found []KeyPair
	for _, k := range all {
		found = append(found, toKeyPair(c, &k))
	}
	return found, err
}

func toKeyPair(c *cloud.Client, k *keypairs.KeyPair) KeyPair {
	if k == nil {
		return KeyPair{}
	}
	return KeyPair{
		OwnedObject: resource.OwnedObject{Cloud: c.Name, Kind: resource.KindKeyPair, ID: k.Name, Name: k.Name,
			Mark: lastMark(k.PublicKey)},
		Fingerprint: k.Fingerprint,
	}
}

// RemoveKeyPairAction removes a key pair that a run of the past created.
var RemoveKeyPairAction = saga.Do((*Activities)(nil).RemoveKeyPair).NoUndo(resource.NoWayBack).With(task.DeleteOptions)

// RemoveKeyPair removes a key pair that still carries the mark of the object, and waits
// until it is gone.
func (a *Activities) RemoveKeyPair(ctx context.Context,
	in saga.Intent[resource.OwnedObject]) (resource.Removed, error) {
	return resource.Remove(ctx, a.Clouds, KeyPairs, in.In)
}
