package server

import (
	"novaflow/activities/glance"
	"novaflow/activities/nova"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Snapshot saves a server as an image, from which others can be created. For a server
// that boots from a volume, the image has no data, but a snapshot of each of the server's
// volumes.
//
// Locks: the server's name in its cloud, so nothing else is done to it meanwhile.
//
// Invariant: either the image is active and all its snapshots are available, or neither
// the image nor any of the snapshots is left.
var Snapshot = spec.Flow[SnapshotSpec, CreatedImage]{
	Workflow: "ServerSnapshot", Kind: "server-snapshot", // both stand in histories
	Build:   buildSnapshot,
	Example: SnapshotSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Server: "web-1", Name: "web-1-monday"},
}

// buildSnapshot adds the tasks, in this order:
//
//	request   look whether it may be
//	image     ask nova for it, under a name with the mark in it
//	ready     wait for the image and for the snapshots
//	name      give it its name
func buildSnapshot(f *saga.Flow, req SnapshotSpec) saga.Ref[CreatedImage] {
	query := nova.ServerImageQuery{Cloud: req.Cloud, Server: req.Server}
	server := saga.Add(f, spec.RequestTask, nova.CheckServerImageAction, saga.Value(query),
		saga.Summary("look at "+req.Server))
	in := saga.From(server, func(s nova.Server) nova.CreateServerImageInput {
		return nova.CreateServerImageInput{Cloud: req.Cloud, ServerID: s.ID, Server: s.Name, Name: req.Name}
	})
	asked := saga.Add(f, "image", nova.ServerImageAction, in, saga.Summary(req.Name))
	wait := saga.From2(server, asked, func(s nova.Server, im glance.ServerImage) nova.ServerImageWait {
		return nova.ServerImageWait{Cloud: req.Cloud, ID: im.ID, ServerID: s.ID}
	})
	ready := saga.Add(f, "ready", nova.WaitServerImageAction, wait, saga.Summary("wait until it is active"))
	name := saga.From(ready, func(im glance.ServerImage) nova.NameServerImageInput {
		return nova.NameServerImageInput{Cloud: req.Cloud, ID: im.ID, Name: req.Name}
	})
	named := saga.Add(f, "name", nova.NameServerImageAction, name, saga.Summary(req.Name))
	return saga.From2(server, named, func(s nova.Server, im glance.ServerImage) CreatedImage {
		return CreatedImage{ID: im.ID, Name: im.Name, Status: im.Status, Server: s.ID, Snapshots: im.Snapshots}
	})
}

// SnapshotSpec is the request of Snapshot.
type SnapshotSpec struct {
	spec.RunOptions
	Server string `json:"server"` // name or id
	Name   string `json:"name"`   // of the image
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s SnapshotSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "server", s.Server)
		spec.Require(bad, "name", s.Name)
		spec.CheckName(bad, s.Name)
	})
}

// CreatedImage is the result of Snapshot.
type CreatedImage struct {
	ID        string   `json:"id"` // of the image
	Name      string   `json:"name"`
	Status    string   `json:"status"`
	Server    string   `json:"server"`              // id
	Snapshots []string `json:"snapshots,omitempty"` // ids of the snapshots of its volumes
}
