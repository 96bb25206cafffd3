package nova

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
	"novaflow/saga/sagacodec"
)

// Activities has the activities for servers.
type Activities struct{ Clouds *cloud.Clouds }

// ServerAction asks for a server and deletes it. WaitServerAction waits for
// it.
var ServerAction = saga.Do((*Activities)(nil).CreateServer).UndoneBy((*Activities)(nil).DeleteServer).
	With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// CreateServerInput says what server to create, from resources that exist. Its boot
// volume and its ports outlive it.
type CreateServerInput struct {
	Cloud            string   `json:"cloud"`
	Name             string   `json:"name"`
	FlavorID         string   `json:"flavorId"`
	ImageID          string   `json:"imageId,omitempty"`      // either an image
	BootVolumeID     string   `json:"bootVolumeId,omitempty"` // or a volume to boot from
	PortIDs          []string `json:"portIds,omitempty"`      // in the order of its interfaces; none: no network
	KeyName          string   `json:"keyName,omitempty"`
	AvailabilityZone string   `json:"availabilityZone,omitempty"`

	ServerGroupID string            `json:"serverGroupId,omitempty"`
	Properties    map[string]string `json:"properties,omitempty"` // metadata, beside ours
	Tags          []string          `json:"tags,omitempty"`       // beside ours
	Description   string            `json:"description,omitempty"`
	Hostname      string            `json:"hostname,omitempty"` // "": nova creates one from the name
	ConfigDrive   bool              `json:"configDrive,omitempty"`
	UserData      sagacodec.Secret  `json:"userData,omitzero"`
}

// Server is a nova server.
type Server struct {
	resource.OwnedObject
	Created   time.Time `json:"created,omitzero"`
	TaskState string    `json:"taskState,omitempty"`
	Fault     string    `json:"fault,omitempty"` // nova's words, once it is in ERROR
	Flavor    string    `json:"flavor,omitempty"`
	ImageID   string    `json:"imageId,omitempty"`
	KeyName   string    `json:"keyName,omitempty"`
	Zone      string    `json:"zone,omitempty"` // availability zone
	Addresses []Address `json:"addresses,omitempty"`
	Volumes   []string  `json:"volumes,omitempty"` // ids of attached volumes
	Host      string    `json:"host,omitempty"`    // only administrators see it
	Locked    bool      `json:"locked,omitempty"`  // against changes by anybody but administrators

	Properties map[string]string `json:"-"` // metadata, with the marks
}

// Address is one address of a server.
type Address struct {
	Network string `json:"network"` // name
	IP      string `json:"ip"`
	Kind    string `json:"kind"` // fixed or floating
}

// Its metadata carries the mark, and a tag that can be searched for.
var Servers = resource.Kind[Server]{
	Name: resource.KindServer, Service: cloud.Nova,
	List: func(ctx context.Context, c *cloud.Client, m saga.Mark) ([]Server, error) {
		o := servers.ListOpts{}
		if m != "" {
			o.Tags = m.Digest()
		}
		all, err := ListServersWith(ctx, c, o)
		return resource.KeepMarked(m, all), err
	},
	Show: func(ctx context.Context, c *cloud.Client, id string) (Server, error) {
		s, err := servers.Get(ctx, c.Compute, id).Extract()
		return ToServer(c, s), err
	},
	Delete: func(ctx context.Context, c *cloud.Client, v Server) error {
		if v.Status == SoftDeleted {
			return forceDelete(ctx, c, v)
		}
		return servers.Delete(ctx, c.Compute, v.ID).ExtractErr()
	},
	ListAll: func(ctx context.Context, c *cloud.Client) ([]Server, error) {
		return ListServersWith(ctx, c, servers.ListOpts{})
	},
	ListNamed: func(ctx context.Context, c *cloud.Client, name string) ([]Server, error) {
		return ListServersWith(ctx, c, servers.ListOpts{Name: exactName(name)})
	},
	DeleteAgain: func(v Server) bool { return (v.Status == SoftDeleted || v.Status == "ERROR") && v.TaskState == "" },
	ListKept:    ListKept,
}

// CreateServer asks for a server, or adopts the one with the mark. It does not
// wait for it.
func (a *Activities) CreateServer(ctx context.Context, in saga.Intent[CreateServerInput]) (Server, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Server, error) {
		what := fmt.Sprintf("create server %q", in.In.Name)
		userData, err := openUserData(c, in.In.UserData)
		if err != nil {
			return Server{}, err
		}
		out, err := Servers.Ensure(ctx, c, what, in.Mark, func(ctx context.Context) (Server, error) {
			o, group := serverOptions(in.In, in.Mark, userData)
			created, err := servers.Create(ctx, computeFor(c, in.In), o, group).Extract()
			out := ToServer(c, created) // the answer has little more than the id
			out.Name, out.Mark = in.In.Name, in.Mark
			return out, err
		})
		return out, withoutUserData(err, userData)
	})
}

// DeleteServer makes sure that the server is absent. On a cloud that keeps
// deleted servers for a while it forces the deletion, because the server's
// ports and volumes would stay in use.
func (a *Activities) DeleteServer(ctx context.Context, u saga.Undo[CreateServerInput, Server]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		return Servers.DeleteMarked(ctx, c, resource.IDOf(u.Out), u.Mark)
	})
}

func ListServersWith(ctx context.Context, c *cloud.Client, o servers.ListOptsBuilder) ([]Server, error) {
	pages, err := servers.List(c.Compute, o).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := servers.ExtractServers(pages)
	out := make([]Server, 0, len(all))
	for _, s := range all {
		out = append(out, ToServer(c, &s))
	}
	return out, err
}

func ToServer(c *cloud.Client, s *servers.Server) Server {
	if s == nil {
		return Server{}
	}
	out := Server{
		OwnedObject: resource.OwnedObject{Cloud: c.Name, Kind: resource.KindServer, ID: s.ID, Name: s.Name,
			Status: s.Status, Mark: resource.ParseMark(s.Metadata[resource.MarkKey]), Created: s.Created,
			Project: s.TenantID},
		Created: s.Created, TaskState: s.TaskState, Fault: s.Fault.Message, KeyName: s.KeyName,
		Zone: s.AvailabilityZone, Addresses: toAddresses(s.Addresses),
		Host: s.Host, Locked: s.Locked != nil && *s.Locked, Properties: s.Metadata,
	}
	out.Flavor, _ = s.Flavor["original_name"].(string) // since 2.47
	out.ImageID, _ = s.Image["id"].(string)
	for _, v := range s.AttachedVolumes {
		out.Volumes = append(out.Volumes, v.ID)
	}
	return out
}

// toAddresses reads nova's addresses by network, in a stable order.
func toAddresses(byNetwork map[string]any) []Address {
	var out []Address
	for network, list := range byNetwork {
		entries, _ := list.([]any)
		for _, e := range entries {
			fields, _ := e.(map[string]any)
			ip, _ := fields["addr"].(string)
			kind, _ := fields["OS-EXT-IPS:type"].(string)
			out = append(out, Address{Network: network, IP: ip, Kind: kind})
		}
	}
	slices.SortFunc(out, func(a, b Address) int {
		return cmp.Or(cmp.Compare(a.Network, b.Network), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.IP, b.IP))
	})
	return out
}

// RemoveServerAction removes a server that a run of the past created.
var RemoveServerAction = saga.Do((*Activities)(nil).RemoveServer).NoUndo(resource.NoWayBack).With(task.DeleteOptions)

// RemoveServer removes a server that still carries the mark of the object, and
// waits until it is gone. Absent already is success.
func (a *Activities) RemoveServer(ctx context.Context, in saga.Intent[resource.OwnedObject]) (resource.Removed, error) {
	return resource.Remove(ctx, a.Clouds, Servers, in.In)
}
