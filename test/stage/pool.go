package stage

import (
	"testing"
	"time"
)

// Pool is a group of worker processes that serve one task queue.
type Pool struct {
	Workers []*Process

	stage         *Stage
	queue, clouds string
}

// Pool starts n worker processes. They log only what ends them, because a load lets many
// activities fail on purpose.
func (s *Stage) Pool(t testing.TB, n int, queue, clouds string) *Pool {
	t.Helper()
	p := &Pool{stage: s, queue: queue, clouds: clouds}
	for range n {
		p.Workers = append(p.Workers, s.worker(t, queue, clouds, "fatal"))
	}
	return p
}

// Death is the kill of a worker.
type Death struct {
	PID int
	At  time.Time
}

// Replace kills a worker and starts another one in its place.
func (p *Pool) Replace(t testing.TB, i int) Death {
	t.Helper()
	d := Death{PID: p.Workers[i].PID(), At: time.Now()}
	p.Workers[i].Kill()
	p.Workers[i] = p.stage.worker(t, p.queue, p.clouds, "fatal")
	return d
}
