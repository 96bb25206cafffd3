package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities/glance"
	"novaflow/activities/nova"
	"novaflow/saga"
)

// ServerSnapshot makes an image of a server, from which others can be made. Of a
// server that boots from a volume it is an image without data, with a snapshot of
// each of the server's volumes.
//
// What is held: the workflow id is the server's name in its cloud, so nothing else
// is done to it meanwhile.
//
// The invariant: either the image is active and all its snapshots are available,
// or neither the image nor any of the snapshots is left.
func ServerSnapshot(ctx workflow.Context, spec SnapshotSpec) (Snapshot, error) {
	return run(ctx, serverSnapshot, spec)
}

// Names of the workflow and of its flow.
const (
	ServerSnapshotName = "ServerSnapshot"
	ServerSnapshotKind = "server-snapshot"
)

var serverSnapshot = saga.Define(ServerSnapshotKind, buildServerSnapshot)

var serverSnapshotExample = SnapshotSpec{RunOptions: RunOptions{Cloud: "devcloud"}, Server: "web-1", Name: "web-1-monday"}

// buildServerSnapshot is the flow. The tasks, in their order:
//
//	request   look whether it may be
//	image     ask nova for it, under a name with the mark in it
//	ready     wait for the image and for the snapshots
//	name      give it its name
func buildServerSnapshot(spec SnapshotSpec) (*saga.Flow, saga.Ref[Snapshot]) {
	f := saga.NewFlow(ServerSnapshotKind, spec.flowOptions()...)
	server := saga.Add(f, requestTask, nova.CheckServerImageAction,
		saga.Value(nova.ServerImageQuery{Cloud: spec.Cloud, Server: spec.Server}), saga.Summary("look at "+spec.Server))
	asked := saga.Add(f, "image", nova.ServerImageAction, saga.From(server, func(s nova.Server) nova.CreateServerImageInput {
		return nova.CreateServerImageInput{Cloud: spec.Cloud, ServerID: s.ID, Server: s.Name, Name: spec.Name}
	}), saga.Summary(spec.Name))
	ready := saga.Add(f, "ready", nova.WaitServerImageAction,
		saga.From2(server, asked, func(s nova.Server, im glance.ServerImage) nova.ServerImageWait {
			return nova.ServerImageWait{Cloud: spec.Cloud, ID: im.ID, ServerID: s.ID}
		}), saga.Summary("wait until it is active"))
	called := saga.Add(f, "name", nova.NameServerImageAction, saga.From(ready, func(im glance.ServerImage) nova.NameServerImageInput {
		return nova.NameServerImageInput{Cloud: spec.Cloud, ID: im.ID, Name: spec.Name}
	}), saga.Summary(spec.Name))
	return f, saga.From2(server, called, func(s nova.Server, im glance.ServerImage) Snapshot {
		return Snapshot{ID: im.ID, Name: im.Name, Status: im.Status, Server: s.ID, Snapshots: im.Snapshots}
	})
}

// SnapshotSpec is the input of ServerSnapshot.
type SnapshotSpec struct {
	RunOptions
	Server string `json:"server"` // name or id
	Name   string `json:"name"`   // of the image
}

// Validate returns everything that is wrong with the spec, joined, or nil.
func (s SnapshotSpec) Validate() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	s.RunOptions.validate(bad)
	required(bad, "server", s.Server)
	required(bad, "name", s.Name)
	checkName(bad, s.Name)
	return errors.Join(problems...)
}

// Snapshot is the result of ServerSnapshot.
type Snapshot struct {
	ID        string   `json:"id"` // of the image
	Name      string   `json:"name"`
	Status    string   `json:"status"`
	Server    string   `json:"server"`              // id
	Snapshots []string `json:"snapshots,omitempty"` // ids of the snapshots of its volumes
}
