// Package api exists so that a service is only its rows and its handlers: it serves their
// routes over HTTP, checks tokens, lets faults bear on calls, and has the shapes that
// several services share (errors, lists, paging, microversions, formats of time).
//
// It may import store.
package api

import (
	"net/http"
	"strings"
	"sync"

	"go.uber.org/zap"

	"novaflow/internal/devcloud/store"
)

// service is one OpenStack API under its prefix. root is the version part of its paths;
// the paths of routes follow it.
type service struct {
	name, prefix, root string
	mux                *http.ServeMux
	// prepare looks at the headers of a request, for microversions.
	prepare func(q *Request) error
}

// Frontend serves the services over HTTP. It counts calls, lets faults bear on them,
// checks tokens and runs handlers under the lock of the store.
type Frontend struct {
	*store.Store
	tokens TokenKeeper
	mux    *http.ServeMux
	log    *zap.Logger
	once   sync.Once
	stop   chan struct{} // closed by Release; ends calls that hang
	faults faults
	calls  counters
	lag    map[string]*lag // by the id of the object; guarded by the lock of the store
}

// New returns a frontend of the store without services.
func New(s *store.Store, tokens TokenKeeper, log *zap.Logger) *Frontend {
	return &Frontend{Store: s, tokens: tokens, mux: http.NewServeMux(), log: log, stop: make(chan struct{}),
		lag: map[string]*lag{}}
}

// Handle serves a path that belongs to no service, for the control API.
func (c *Frontend) Handle(pattern string, do http.HandlerFunc) { c.mux.HandleFunc(pattern, do) }

// Release ends calls that hang.
func (c *Frontend) Release() { c.once.Do(func() { close(c.stop) }) }

// AddService adds a service with its routes. Paths that start with "^" are complete; all
// others come after the service's root.
func (c *Frontend) AddService(name, prefix, root string, prepare func(*Request) error, routes []Route) {
	s := &service{name: name, prefix: prefix, root: root, mux: http.NewServeMux(), prepare: prepare}
	for _, r := range routes {
		method, path, _ := strings.Cut(r.pattern, " ")
		if rest, whole := strings.CutPrefix(path, "^"); whole {
			path = rest
		} else {
			path = root + path
		}
		s.mux.HandleFunc(method+" "+path, func(w http.ResponseWriter, hr *http.Request) { w.(*exchange).run(r, hr) })
	}
	nothing := Route{status: http.StatusOK, do: func(*Request) (any, error) {
		return nil, NetFail(http.StatusNotFound, noRoute, "The resource could not be found.")
	}}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, hr *http.Request) { w.(*exchange).run(nothing, hr) })
	c.mux.Handle(prefix+"/", http.StripPrefix(prefix,
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.serve(s, w, r) })))
	c.mux.Handle(prefix, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = "/"
		c.serve(s, w, r)
	}))
}

// ServeHTTP serves all services, and the paths that Handle has added.
func (c *Frontend) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.mux.ServeHTTP(w, r) }

// serve takes one call through the faults: what happens before it, the call itself, and
// what happens to its answer.
func (c *Frontend) serve(s *service, w http.ResponseWriter, r *http.Request) {
	if len(r.URL.Path) > 1 {
		r.URL.Path = strings.TrimSuffix(r.URL.Path, "/")
	}
	if r.URL.Path == "" {
		r.URL.Path = "/"
	}
	r.URL.RawPath = strings.TrimSuffix(r.URL.RawPath, "/")
	_, pattern := s.mux.Handler(r)
	c.calls.add(s.name+" "+strings.Replace(callPattern(r.Method, pattern), s.root, "", 1), callersIn(r.UserAgent()))
	x := &exchange{front: c, s: s, header: http.Header{}, fault: c.faults.match(s.name, r.Method, r.URL.Path)}
	if !x.before(r) {
		s.mux.ServeHTTP(x, r)
		x.after(r)
	}
	c.log.Debug("call", zap.String("service", s.name), zap.String("method", r.Method), zap.String("path", r.URL.Path),
		zap.Int("status", x.status))
	x.send(w)
}

// callPattern names a call by its route, or by its method alone.
func callPattern(method, pattern string) string {
	if pattern == "/" || pattern == "" {
		return method + " (unknown)"
	}
	return pattern
}
