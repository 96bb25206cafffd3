package sagatest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Flow is a flow to be proved: a workflow that calls saga.Run, and its input.
type Flow struct {
	Workflow any // the function
	Input    any // its one argument

	// ForwardOnly says that the flow is declared with saga.ForwardOnly.
	ForwardOnly bool

	// Inverse, if set, is the workflow, and its input, that deletes what a
	// run with this result created. It is run after every committed run, and must
	// leave the world as it was: resources created twice by accident show here.
	Inverse func(Result) (workflow, input any)

	// NothingLeft, if set, recognizes the error with which a repeated request
	// says that all of it was done before, such as "no such server" of a delete.
	NothingLeft func(error) bool

	// Check, if set, is called after every committed run.
	Check func(World, Result) error

	Mishaps []Mishap // those to be tried; nil stands for all
	Pairs   int      // cases with two faults, in the first world; 0 stands for 20, less than 0 for none
	Seed    uint64   // of samples and pairs; 0 stands for 1
	// how long nothing may happen in a run before it counts as hung; 0 stands for a
	// minute of real time
	Idle time.Duration
}

// Report says what was proved.
type Report struct {
	Points  []string // activities of the undisturbed run in the first world
	Hit     []string // those at which a mishap happened, in any world
	Worlds  int
	Cases   int // that were run
	Product int // that there are: points by mishaps by worlds, and all pairs drawn
	Runs    int // of workflows, in all
	Seed    uint64
	Took    time.Duration
}

// String writes the report on one line.
func (r Report) String() string {
	return fmt.Sprintf("%d points, %d worlds, %d cases of %d, %d runs in %s, seed %d",
		len(r.Points), r.Worlds, r.Cases, r.Product, r.Runs, r.Took.Round(time.Millisecond), r.Seed)
}

// Prove runs a flow through the matrix of points, mishaps and worlds, each case
// as a parallel subtest, and fails the test for every case in which something
// is left behind, lost, doubled or stuck. It returns when all have run.
//
// The first world should be the plain one: the others are compared with it.
func Prove(t *testing.T, f Flow, starts ...Start) Report {
	t.Helper()
	return proveFlow(goTest{t}, f, starts)
}

// suite is what Prove needs of a test. Tests of this package have another one,
// because they are about failures.
type suite interface {
	testing.TB
	run(name string, parallel bool, body func(suite)) bool
}

type goTest struct{ *testing.T }

func (t goTest) run(name string, parallel bool, body func(suite)) bool {
	return t.Run(name, func(t *testing.T) {
		if parallel {
			t.Parallel()
		}
		body(goTest{t})
	})
}

// prover is one call of Prove.
type prover struct {
	Flow
	starts []Start
	record map[string]*record // by name of the start
	runs   atomic.Int64
	traced func() *trial // a traced run of which everything was reverted

	mu  sync.Mutex
	hit map[string]bool
	ran int
}

func proveFlow(b suite, f Flow, starts []Start) Report {
	b.Helper()
	begun := time.Now()
	p := &prover{Flow: f, starts: starts, record: map[string]*record{}, hit: map[string]bool{}}
	p.setDefaults()
	p.mustBeComplete(b)
	p.traced = sync.OnceValue(func() *trial { return p.runCancelled(b) })
	for i, s := range starts {
		if r := p.undisturbed(b, s); r != nil {
			p.record[s.Name] = r
		} else if i == 0 {
			return Report{Worlds: len(starts), Seed: p.Seed}
		}
	}
	cases, all := p.cases()
	b.run("cases", false, func(b suite) {
		for _, c := range cases {
			b.run(c.Name(), true, func(b suite) { p.one(b, c) })
		}
	})
	first := p.record[starts[0].Name]
	r := Report{Worlds: len(starts), Cases: p.ran, Product: all, Runs: int(p.runs.Load()), Seed: p.Seed,
		Took: time.Since(begun)}
	for _, pt := range first.points {
		r.Points = append(r.Points, pt.id)
		if p.hit[pt.id] {
			r.Hit = append(r.Hit, pt.id)
		}
	}
	if p.ran == len(cases) && !b.Failed() && len(r.Hit) != len(r.Points) {
		b.Errorf("%s: mishaps happened at %d of %d points: %q of %q", NotExercised, len(r.Hit), len(r.Points), r.Hit,
			r.Points)
	}
	b.Logf("%s", r)
	return r
}

func (p *prover) setDefaults() {
	if p.Seed == 0 {
		p.Seed = 1
	}
	if p.Idle == 0 {
		p.Idle = time.Minute
	}
	if p.Pairs == 0 {
		p.Pairs = 20
	}
}

func (p *prover) mustBeComplete(b suite) {
	b.Helper()
	if p.Workflow == nil || len(p.starts) == 0 || p.starts[0].Refuses {
		b.Fatal("sagatest: give a workflow, and first a world in which it succeeds")
	}
	for i, s := range p.starts {
		if s.Open == nil || s.Name == "" ||
			slices.ContainsFunc(p.starts[:i], func(t Start) bool { return t.Name == s.Name }) {
			b.Fatalf("sagatest: world %d (%q) needs a name of its own and Open", i, s.Name)
		}
	}
}

// cases returns the cases to run, and how many there are to choose from.
func (p *prover) cases() (chosen []Case, all int) {
	for i, s := range p.starts {
		if p.record[s.Name] == nil {
			continue
		}
		random := rand.New(rand.NewPCG(p.Seed, uint64(i)))
		points := p.record[s.Name].points
		cases := listCases(s.Name, points, p.Flow.Mishaps)
		if s.Refuses {
			cases = listRefusals(s.Name, points)
		}
		all += len(cases)
		if s.Sample > 0 {
			cases = sampleCases(cases, s.Sample, random)
		}
		chosen = append(chosen, cases...)
		if i == 0 && !p.ForwardOnly && p.Pairs > 0 {
			two := samplePairs(s.Name, points, p.Pairs, random)
			chosen, all = append(chosen, two...), all+len(two)
		}
	}
	return chosen, all
}

// one proves one case.
func (p *prover) one(b suite, c Case) {
	t := p.judged(b, c)
	p.mu.Lock()
	p.ran++
	for _, f := range t.out.faults {
		if f.hits > 0 {
			p.hit[f.Point] = true
		}
	}
	p.mu.Unlock()
	if len(t.problems) > 0 {
		b.Errorf("%s", t)
	}
}

// judged runs a case. One that fails is run again, traced.
func (p *prover) judged(b suite, c Case) *trial {
	t := p.try(b, c, false)
	if len(t.problems) == 0 || slices.ContainsFunc(t.problems, func(q problem) bool { return q.bug == UndoTooEarly }) {
		return t
	}
	if again := p.try(b, c, true); len(again.problems) > 0 {
		return again
	}
	t.problems = append(t.problems, problem{WrongOutcome,
		"this happened only while activities ran side by side: one after the other, the case passes"})
	return t
}

// start returns the start with a name.
func (p *prover) start(name string) Start {
	i := slices.IndexFunc(p.starts, func(s Start) bool { return s.Name == name })
	return p.starts[i]
}
