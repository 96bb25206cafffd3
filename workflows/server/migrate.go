package server

import (
	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Migrate moves a server to another host: shut down and started again there
// (cold), or while it runs (live). It is for administrators.
//
// What is held: the workflow id is the server's name in the administrator's cloud; and
// a lock of it under each name that the worker's clouds.yaml has for the server's
// project, which is what the runs of its owner are called by.
//
// The invariant: a cold migration goes back to the old host until it is confirmed,
// which is the point of no return, and does so if it has to answer on the network and
// does not. A live migration is aborted while it is under
// way; one that has arrived stays where it is. Either way the server is on one host.
var Migrate = spec.Flow[MigrateSpec, Resized]{
	Workflow: "ServerMigrate", Kind: "server-migrate", // both stand in histories
	Build:   buildMigrate,
	Example: MigrateSpec{RunOptions: spec.RunOptions{Cloud: "devcloud-admin"}, Server: "web-1", Live: true},
}

func buildMigrate(f *saga.Flow, req MigrateSpec) saga.Ref[Resized] {
	if req.Live {
		return addLive(f, req)
	}
	return addCold(f, req)
}

// addLive adds the tasks of a live migration:
//
//	request   look up the server and whether there is a host for it
//	lock      the server, under the names that its owner has for the cloud
//	recheck   look again: the owner may have changed it before it was locked
//	migrate   ask nova for it
//	moved     wait until the server is on another host, and on no other
func addLive(f *saga.Flow, req MigrateSpec) saga.Ref[Resized] {
	query := activities.LiveQuery{Cloud: req.Cloud, Server: req.Server, Host: req.Host}
	found := saga.Add(f, spec.RequestTask, activities.CheckLiveAction, saga.Value(query), saga.Summary("look up server and hosts"))
	before := saga.Add(f, recheckTask, activities.CheckLiveAction, saga.From(found, func(b activities.ServerBefore) activities.LiveQuery {
		again := query
		again.Server = b.ID
		return again
	}), saga.After(req.lockOwners(f, found)), saga.Summary("look again, now that its owner's runs are kept away"))
	in := saga.From(before, func(b activities.ServerBefore) activities.LiveInput {
		return activities.LiveInput{Cloud: req.Cloud, Before: b, Host: req.Host}
	})
	asked := saga.Add(f, "migrate", activities.LiveMigrateAction, in)
	moved := saga.Add(f, "moved", activities.WaitLiveAction, saga.From2(in, asked, func(in activities.LiveInput, a activities.Accepted) activities.LiveWait {
		return activities.LiveWait{LiveInput: in, Request: a.Request}
	}), saga.Summary("wait until it is on another host"))
	return saga.From2(before, moved, func(b activities.ServerBefore, s activities.Server) Resized {
		return Resized{ID: s.ID, Name: s.Name, Status: s.Status, Was: b.Flavor, Flavor: s.Flavor, From: b.Host, Host: s.Host}
	})
}

// addCold adds the tasks of a cold migration: those of a resize to the same flavor,
// once the owner's runs are kept away as for a live one.
func addCold(f *saga.Flow, req MigrateSpec) saga.Ref[Resized] {
	query := activities.ResizeQuery{Cloud: req.Cloud, Server: req.Server, Host: req.Host, Answers: len(req.Ready) > 0}
	found := saga.Add(f, spec.RequestTask, activities.CheckResizeAction, saga.Value(query), saga.Summary("look up server and hosts"))
	before := saga.From(found, func(p activities.ResizePlan) activities.ServerBefore { return p.Before })
	plan := saga.Add(f, recheckTask, activities.CheckResizeAction, saga.From(found, func(p activities.ResizePlan) activities.ResizeQuery {
		again := query
		again.Server = p.Before.ID
		return again
	}), saga.After(req.lockOwners(f, before)), saga.Summary("look again, now that its owner's runs are kept away"))
	same := saga.From(plan, func(p activities.ResizePlan) activities.FlavorRef { return p.Old })
	in, resized := addResize(f, "migrate", req.RunOptions, plan, same, req.Host)
	return addConfirm(f, req.Readiness, plan, in, resized)
}

// recheckTask looks again when all locks are taken.
const recheckTask = "recheck"

// lockOwners adds the task that keeps the runs of the server's owner away.
func (s MigrateSpec) lockOwners(f *saga.Flow, before saga.Ref[activities.ServerBefore]) saga.Ref[[]string] {
	return saga.Lock(f, "lock", saga.From(before, func(b activities.ServerBefore) (ids []string) {
		for _, cloud := range b.Clouds {
			ids = append(ids, spec.ServerWorkflowID(cloud, b.Name))
		}
		return spec.InLockOrder(spec.ServerWorkflowID(s.Cloud, b.Name), ids)
	}), append(s.LockOptions(), saga.Summary("keep the runs of its owner away"))...)
}

// MigrateSpec is the input of ServerMigrate.
type MigrateSpec struct {
	spec.RunOptions
	Server string `json:"server"`         // name or id, in any project
	Live   bool   `json:"live,omitempty"` // while it runs
	Host   string `json:"host,omitempty"` // to migrate to; "" lets nova choose
	spec.Readiness
}

// Validate returns everything that is wrong with the spec, joined, or nil.
func (s MigrateSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "server", s.Server)
		s.ValidateReady(bad)
		if s.Live && len(s.Ready) > 0 {
			bad("ready: a server that has arrived by a live migration cannot go back: leave out what it has to answer to, or migrate it cold")
		}
	})
}
