package server

import (
	"time"

	"github.com/spf13/pflag"

	"novaflow/starter/internal/term"
	"novaflow/workflows/spec"
)

// readyFlags are the flags that say on what a server has to answer.
type readyFlags struct {
	probes []string
	within time.Duration
}

func (f *readyFlags) add(fs *pflag.FlagSet) {
	fs.StringArrayVar(&f.probes, "ready", nil,
		"the server must finally answer a worker on `tcp:PORT, http:PORT[/PATH] or https:PORT[/PATH]` (repeatable)")
	fs.DurationVar(&f.within, "ready-timeout", 0, "how long it may take to answer once it is ACTIVE (default 5m)")
}

// readiness reads the flags, and adds their mistakes to bad.
func (f *readyFlags) readiness(bad *term.Problems) spec.Readiness {
	r := spec.Readiness{ReadyWithin: spec.Duration(f.within)}
	for _, text := range f.probes {
		if p, err := parseReady(text); bad.Add(err) {
			r.Ready = append(r.Ready, p)
		}
	}
	return r
}
