package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities/nova"
	"novaflow/saga"
)

// ServerRebuild writes the disk of a server anew from an image. Its addresses, ports
// and volumes stay.
//
// What is held: the workflow id is the server's name in its cloud, so one run at a
// time changes it.
//
// The invariant: what is on the disk is lost as soon as nova accepts, so that is
// the point of no return: before it nothing is changed, after it the run only goes
// forward. The result has the id of the old image, for the record.
func ServerRebuild(ctx workflow.Context, spec RebuildSpec) (Rebuilt, error) {
	return run(ctx, serverRebuild, spec)
}

// Names of the workflow and of its flow.
const (
	ServerRebuildName = "ServerRebuild"
	ServerRebuildKind = "server-rebuild"
)

var serverRebuild = saga.Define(ServerRebuildKind, buildServerRebuild)

var serverRebuildExample = RebuildSpec{RunOptions: RunOptions{Cloud: "devcloud"}, Server: "web-1", Image: "tiny"}

// buildServerRebuild is the flow. The tasks, in their order:
//
//	request   look everything up, report every problem
//	rebuild   ask nova for it: the point of no return
//	done      wait until the server runs again
func buildServerRebuild(spec RebuildSpec) (*saga.Flow, saga.Ref[Rebuilt]) {
	f := saga.NewFlow(ServerRebuildKind, spec.flowOptions()...)
	plan := saga.Add(f, requestTask, nova.CheckRebuildAction,
		saga.Value(nova.RebuildQuery{Cloud: spec.Cloud, Server: spec.Server, Image: spec.Image}), saga.Summary("look up what the request names"))
	in := saga.From(plan, func(p nova.RebuildPlan) nova.RebuildInput {
		return nova.RebuildInput{Cloud: spec.Cloud, Before: p.Before, ImageID: p.ImageID}
	})
	asked := saga.Add(f, "rebuild", nova.RebuildAction, in, saga.Pivot(), saga.Summary("from "+spec.Image+": what is on the disk is lost"))
	done := saga.Add(f, "done", nova.WaitRebuildAction, saga.From2(in, asked, func(in nova.RebuildInput, a nova.Accepted) nova.RebuildWait {
		return nova.RebuildWait{RebuildInput: in, Request: a.Request}
	}), saga.Summary("wait until nova has written the disk"))
	return f, saga.From2(plan, done, func(p nova.RebuildPlan, s nova.Server) Rebuilt {
		return Rebuilt{ID: s.ID, Name: s.Name, Status: s.Status, Image: s.ImageID, Was: p.Before.ImageID}
	})
}

// RebuildSpec is the input of ServerRebuild.
type RebuildSpec struct {
	RunOptions
	Server string `json:"server"` // name or id
	Image  string `json:"image"`  // name or id
}

// Validate returns everything that is wrong with the spec, joined, or nil.
func (s RebuildSpec) Validate() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	s.RunOptions.validate(bad)
	required(bad, "server", s.Server)
	required(bad, "image", s.Image)
	return errors.Join(problems...)
}

// Rebuilt is the result of ServerRebuild.
type Rebuilt struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
	Image  string `json:"image"` // id
	Was    string `json:"was"`   // id of the image before
}
