package server

import (
	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Snapshot makes an image of a server, from which others can be made. Of a
// server that boots from a volume it is an image without data, with a snapshot of
// each of the server's volumes.
//
// What is held: the workflow id is the server's name in its cloud, so nothing else
// is done to it meanwhile.
//
// The invariant: either the image is active and all its snapshots are available,
// or neither the image nor any of the snapshots is left.
var Snapshot = spec.Flow[SnapshotSpec, CreatedImage]{
	Workflow: "ServerSnapshot", Kind: "server-snapshot", // both stand in histories
	Build:   buildSnapshot,
	Example: SnapshotSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Server: "web-1", Name: "web-1-monday"},
}

// buildSnapshot is the flow. The tasks, in their order:
//
//	request   look whether it may be
//	image     ask nova for it, under a name with the mark in it
//	ready     wait for the image and for the snapshots
//	name      give it its name
func buildSnapshot(f *saga.Flow, req SnapshotSpec) saga.Ref[CreatedImage] {
	server := saga.Add(f, spec.RequestTask, activities.CheckServerImageAction,
		saga.Value(activities.ServerImageQuery{Cloud: req.Cloud, Server: req.Server}), saga.Summary("look at "+req.Server))
	asked := saga.Add(f, "image", activities.ServerImageAction, saga.From(server, func(s activities.Server) activities.CreateServerImageInput {
		return activities.CreateServerImageInput{Cloud: req.Cloud, ServerID: s.ID, Server: s.Name, Name: req.Name}
	}), saga.Summary(req.Name))
	ready := saga.Add(f, "ready", activities.WaitServerImageAction,
		saga.From2(server, asked, func(s activities.Server, im activities.ServerImage) activities.ServerImageWait {
			return activities.ServerImageWait{Cloud: req.Cloud, ID: im.ID, ServerID: s.ID}
		}), saga.Summary("wait until it is active"))
	called := saga.Add(f, "name", activities.NameServerImageAction, saga.From(ready, func(im activities.ServerImage) activities.NameServerImageInput {
		return activities.NameServerImageInput{Cloud: req.Cloud, ID: im.ID, Name: req.Name}
	}), saga.Summary(req.Name))
	return saga.From2(server, called, func(s activities.Server, im activities.ServerImage) CreatedImage {
		return CreatedImage{ID: im.ID, Name: im.Name, Status: im.Status, Server: s.ID, Snapshots: im.Snapshots}
	})
}

// SnapshotSpec is the input of ServerSnapshot.
type SnapshotSpec struct {
	spec.RunOptions
	Server string `json:"server"` // name or id
	Name   string `json:"name"`   // of the image
}

// Validate returns everything that is wrong with the spec, joined, or nil.
func (s SnapshotSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "server", s.Server)
		spec.Require(bad, "name", s.Name)
		spec.CheckName(bad, s.Name)
	})
}

// CreatedImage is the result of ServerSnapshot.
type CreatedImage struct {
	ID        string   `json:"id"` // of the image
	Name      string   `json:"name"`
	Status    string   `json:"status"`
	Server    string   `json:"server"`              // id
	Snapshots []string `json:"snapshots,omitempty"` // ids of the snapshots of its volumes
}
