package server

import (
	"novaflow/activities/nova"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Rebuild writes the disk of a server anew from an image. Its addresses, ports and
// volumes stay.
//
// Locks: the server's name in its cloud.
//
// Invariant: what is on the disk is lost as soon as nova accepts, so that is the point of
// no return. Before it nothing is changed; after it the run only goes forward. The result
// has the id of the old image, for the record.
var Rebuild = spec.Flow[RebuildSpec, Rebuilt]{
	Workflow: "ServerRebuild", Kind: "server-rebuild", // both stand in histories
	Build:   buildRebuild,
	Example: RebuildSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Server: "web-1", Image: "tiny"},
}

// buildRebuild adds the tasks, in this order:
//
//	request   look everything up, report every problem
//	rebuild   ask nova for it: the point of no return
//	done      wait until the server runs again
func buildRebuild(f *saga.Flow, req RebuildSpec) saga.Ref[Rebuilt] {
	query := nova.RebuildQuery{Cloud: req.Cloud, Server: req.Server, Image: req.Image}
	plan := saga.Add(f, spec.RequestTask, nova.CheckRebuildAction, saga.Value(query),
		saga.Summary("look up what the request names"))
	in := saga.From(plan, func(p nova.RebuildPlan) nova.RebuildInput {
		return nova.RebuildInput{Cloud: req.Cloud, Before: p.Before, ImageID: p.ImageID}
	})
	asked := saga.Add(f, "rebuild", nova.RebuildAction, in,
		saga.Pivot(), saga.Summary("from "+req.Image+": what is on the disk is lost"))
	wait := saga.From2(in, asked, func(in nova.RebuildInput, a nova.Accepted) nova.RebuildWait {
		return nova.RebuildWait{RebuildInput: in, Request: a.Request}
	})
	done := saga.Add(f, "done", nova.WaitRebuildAction, wait,
		saga.Summary("wait until nova has written the disk"))
	return saga.From2(plan, done, func(p nova.RebuildPlan, s nova.Server) Rebuilt {
		return Rebuilt{ID: s.ID, Name: s.Name, Status: s.Status, Image: s.ImageID, Was: p.Before.ImageID}
	})
}

// RebuildSpec is the request of Rebuild.
type RebuildSpec struct {
	spec.RunOptions
	Server string `json:"server"` // name or id
	Image  string `json:"image"`  // name or id
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s RebuildSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "server", s.Server)
		spec.Require(bad, "image", s.Image)
	})
}

// Rebuilt is the result of Rebuild.
type Rebuilt struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
	Image  string `json:"image"` // id
	Was    string `json:"was"`   // id of the image before
}
