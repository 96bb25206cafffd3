package server

import (
	"novaflow/activities/nova"
	"novaflow/activities/nova/hosts"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Migrate moves a server to another host, for administrators. A cold migration shuts it
// down and starts it again there; a live migration moves it while it runs.
//
// Locks: the server's name in the administrator's cloud, and under each name that the
// worker's clouds.yaml has for the server's project: the runs of its owner have those
// names.
//
// Invariant: the server is on one host. A cold migration goes back to the old host until
// it is confirmed, which is the point of no return; it also goes back if the server has
// to answer on the network and does not. A live migration is aborted while it is under
// way; a server that has arrived stays there.
var Migrate = spec.Flow[MigrateSpec, Resized]{
	Workflow: "ServerMigrate", Kind: "server-migrate", // both stand in histories
	Build:   buildMigrate,
	Example: MigrateSpec{RunOptions: spec.RunOptions{Cloud: "devcloud-admin"}, Server: "web-1", Live: true},
}

// buildMigrate adds the tasks of a live or of a cold migration.
func buildMigrate(f *saga.Flow, req MigrateSpec) saga.Ref[Resized] {
	if req.Live {
		return addLive(f, req)
	}
	return addCold(f, req)
}

// recheckTask looks again when the run has all locks.
const recheckTask = "recheck"

// lookAgain is what people read about it.
const lookAgain = "look again, now that its owner's runs are kept away"

// addLive adds the tasks of a live migration:
//
//	request   look up the server and whether there is a host for it
//	lock      the server, under the names that its owner has for the cloud
//	recheck   look again: the owner may have changed it before it was locked
//	migrate   ask nova for it
//	moved     wait until the server is on another host, and on no other
func addLive(f *saga.Flow, req MigrateSpec) saga.Ref[Resized] {
	query := hosts.LiveMigrationQuery{Cloud: req.Cloud, Server: req.Server, Host: req.Host}
	found := saga.Add(f, spec.RequestTask, hosts.CheckLiveMigrationAction, saga.Value(query),
		saga.Summary("look up server and hosts"))
	again := saga.From(found, func(b nova.ServerBefore) hosts.LiveMigrationQuery {
		return hosts.LiveMigrationQuery{Cloud: req.Cloud, Server: b.ID, Host: req.Host}
	})
	before := saga.Add(f, recheckTask, hosts.CheckLiveMigrationAction, again,
		saga.After(req.lockOwners(f, found)), saga.Summary(lookAgain))
	in := saga.From(before, func(b nova.ServerBefore) hosts.LiveMigrationInput {
		return hosts.LiveMigrationInput{Cloud: req.Cloud, Before: b, Host: req.Host}
	})
	asked := saga.Add(f, "migrate", hosts.LiveMigrateAction, in)
	wait := saga.From2(in, asked, func(in hosts.LiveMigrationInput, a nova.Accepted) hosts.LiveMigrationWait {
		return hosts.LiveMigrationWait{LiveMigrationInput: in, Request: a.Request}
	})
	moved := saga.Add(f, "moved", hosts.WaitLiveMigrationAction, wait, saga.Summary("wait until it is on another host"))
	return saga.From2(before, moved, func(b nova.ServerBefore, s nova.Server) Resized {
		return Resized{
			ID: s.ID, Name: s.Name, Status: s.Status, Was: b.Flavor, Flavor: s.Flavor, From: b.Host, Host: s.Host,
		}
	})
}

// addCold adds the tasks of a cold migration. It keeps the owner's runs away like a live
// one, and is then a resize to the same flavor.
func addCold(f *saga.Flow, req MigrateSpec) saga.Ref[Resized] {
	query := nova.ResizeQuery{Cloud: req.Cloud, Server: req.Server, Host: req.Host, Answers: len(req.Ready) > 0}
	found := saga.Add(f, spec.RequestTask, nova.CheckResizeAction, saga.Value(query),
		saga.Summary("look up server and hosts"))
	again := saga.From(found, func(p nova.ResizePlan) nova.ResizeQuery {
		q := query
		q.Server = p.Before.ID
		return q
	})
	before := saga.From(found, func(p nova.ResizePlan) nova.ServerBefore { return p.Before })
	plan := saga.Add(f, recheckTask, nova.CheckResizeAction, again,
		saga.After(req.lockOwners(f, before)), saga.Summary(lookAgain))
	same := saga.From(plan, func(p nova.ResizePlan) nova.FlavorRef { return p.Old })
	r := resizing{Flow: f, task: "migrate", cloud: req.Cloud, host: req.Host, plan: plan}
	return r.confirm(f, req.Readiness, r.resize(same))
}

// lockOwners adds the task that keeps the runs of the server's owner away.
func (s MigrateSpec) lockOwners(f *saga.Flow, before saga.Ref[nova.ServerBefore]) saga.Ref[[]string] {
	ids := saga.From(before, func(b nova.ServerBefore) (ids []string) {
		for _, cloud := range b.Clouds {
			ids = append(ids, spec.ServerWorkflowID(cloud, b.Name))
		}
		return spec.InLockOrder(spec.ServerWorkflowID(s.Cloud, b.Name), ids)
	})
	return saga.Lock(f, "lock", ids, append(s.LockOptions(), saga.Summary("keep the runs of its owner away"))...)
}

// MigrateSpec is the request of Migrate.
type MigrateSpec struct {
	spec.RunOptions
	Server string `json:"server"`         // name or id, in any project
	Live   bool   `json:"live,omitempty"` // while it runs
	Host   string `json:"host,omitempty"` // to migrate to; "" lets nova choose
	spec.Readiness
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s MigrateSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "server", s.Server)
		s.CheckReady(bad)
		if s.Live && len(s.Ready) > 0 {
			bad("ready: a server that has arrived by a live migration cannot go back: " +
				"leave out what it has to answer to, or migrate it cold")
		}
	})
}
