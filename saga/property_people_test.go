package saga_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/testsuite"

	"novaflow/saga"
)

// skip is a person who passes over the task that fails then, or gives its undo up.
type skip struct {
	when  time.Duration
	which int  // of those that fail
	give  bool // a result too
}

// Why people pass over a task.
const (
	byHand    = "made by hand"
	notNeeded = "not needed"
)

func handmade(i int) thing { return thing{Name: "hand " + taskName(i)} }

// people send requests to a run.
type people struct {
	t   *testing.T
	env *testsuite.TestWorkflowEnvironment
}

// disturb lets people send requests while the run is under way.
func (p *people) disturb(plan plan) {
	p.at(plan.cancel, p.env.CancelWorkflow)
	p.at(plan.hold, p.policy(saga.OnFailureHold))
	if plan.hold > 0 {
		p.at(plan.hold+10*time.Minute, p.policy(saga.OnFailureRevert))
		p.at(plan.hold+11*time.Minute, p.signal(saga.VerbRetry)) // if there is no way back any more
	}
	p.at(plan.keep, p.policy(saga.OnFailureKeep))
	p.at(plan.revert, p.signal(saga.VerbRevert))
	p.at(plan.leave, p.signal(saga.VerbAbandon))
	for i := range 15 {
		if plan.retry > 0 {
			p.at(plan.retry+time.Duration(i)*time.Minute, p.signal(saga.VerbRetry))
		}
		p.at(mended+time.Duration(i+1)*time.Minute, func() { p.skipMistakes(&plan.shape) })
	}
	p.at(plan.pause, p.signal(saga.VerbPause))
	if plan.pause > 0 {
		p.at(plan.pause+time.Minute, p.signal(saga.VerbResume))
	}
	for _, s := range plan.skips {
		p.at(s.when, func() {
			if failing := p.failing(&plan.shape); len(failing) > 0 {
				p.skip(failing[s.which%len(failing)], s.give)
			}
		})
	}
}

func (p *people) at(when time.Duration, fn func()) {
	if when > 0 {
		p.env.RegisterDelayedCallback(fn, when)
	}
}

func (p *people) signal(v saga.Verb) func() {
	return func() { p.env.SignalWorkflow(string(v), saga.Request{Reason: "random"}) }
}

func (p *people) policy(to saga.OnFailure) func() {
	return func() { p.env.SignalWorkflow(string(saga.VerbOnFailure), saga.Request{Policy: to}) }
}

// failing are the steps that fail, or that may in a child workflow.
func (p *people) failing(s *shape) (steps []int) {
	for _, e := range ledger(p.t, p.env).Tasks {
		switch i := stepOf(e.Task); e.State {
		case saga.TaskFailure, saga.TaskReverting, saga.TaskRevertFailure:
			steps = append(steps, i)
		case saga.TaskRunning:
			if s.inChild(i) {
				steps = append(steps, i)
			}
		}
	}
	return steps
}

func (p *people) skip(i int, give bool) {
	q := saga.Request{Reason: notNeeded}
	if give {
		q.Reason = byHand
		q.Result, _ = json.Marshal(handmade(i))
	}
	for _, e := range ledger(p.t, p.env).Tasks {
		if strings.HasSuffix("/"+e.Task, "/"+taskName(i)) {
			q.Task = e.Task
		}
	}
	p.env.SignalWorkflow(string(saga.VerbSkip), q)
}

// skipMistakes passes over what can never be done, as its list of alternatives is empty.
func (p *people) skipMistakes(s *shape) {
	for _, i := range p.failing(s) {
		for _, place := range s.around(i) {
			if s.Places[place].Each < 0 || s.Places[place].List != nil {
				p.skip(i, true)
			}
		}
	}
}
