package devcloud

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.uber.org/zap"
)

type obj = map[string]any

// maxBody bounds what a request may send: images are small here.
const maxBody = 64 << 20

// handler answers a request under the cloud's lock: a body to encode as JSON
// ([]byte as it is, nil for none), or an apiError.
type handler func(q *request) (any, error)

// route is one call of a service: its method and path, and the status of success.
type route struct {
	pattern string
	status  int
	do      handler
	begin   handler // runs before the body is read, so that others see the call under way; nil for most
	open    bool    // it needs no token
}

// newRoute returns the route of a call that needs a token.
func newRoute(pattern string, status int, do handler) route {
	return route{pattern: pattern, status: status, do: do}
}

// openRoute returns the route of a call that needs no token.
func openRoute(pattern string, status int, do handler) route {
	return route{pattern: pattern, status: status, do: do, open: true}
}

// beginningWith returns the route with a handler that runs before the body is read.
func (r route) beginningWith(begin handler) route {
	r.begin = begin
	return r
}

// tokenKeeper checks and expires the tokens of all services: keystone does.
type tokenKeeper interface {
	// authenticate reads a token and fails with 401 when it is not, or no longer, valid.
	authenticate(text string, now time.Time) (*token, error)
	// expireTokens makes all tokens given so far invalid.
	expireTokens()
}

// service is one OpenStack API under its prefix. root is the version part of
// its paths, before what the routes name.
type service struct {
	name, prefix, root string
	mux                *http.ServeMux
	// prepare looks at the headers of a request, for microversions.
	prepare func(q *request) error
}

// Frontend serves the services over HTTP. It counts calls, lets faults bear on them, checks
// tokens and runs handlers under the lock of the store.
type Frontend struct {
	*Store
	tokens   tokenKeeper
	services []*service
	mux      *http.ServeMux
	log      *zap.Logger
	once     sync.Once
	stop     chan struct{} // closed by release; ends calls that hang
	faults   faults
	calls    counters
	lag      map[string]*lag // by the id of the object; guarded by the lock of the store
}

func newFrontend(s *Store, tokens tokenKeeper, log *zap.Logger) *Frontend {
	return &Frontend{Store: s, tokens: tokens, mux: http.NewServeMux(), log: log, stop: make(chan struct{}), lag: map[string]*lag{}}
}

// handle serves what is no service: the control API.
func (c *Frontend) handle(pattern string, do http.HandlerFunc) { c.mux.HandleFunc(pattern, do) }

// release ends calls that hang.
func (c *Frontend) release() { c.once.Do(func() { close(c.stop) }) }

// addService routes paths: those that start with "^" stand for themselves, all
// others come after the service's root.
func (c *Frontend) addService(name, prefix, root string, prepare func(*request) error, routes []route) {
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
	nothing := route{status: http.StatusOK, do: func(*request) (any, error) {
		return nil, netFail(http.StatusNotFound, noRoute, "The resource could not be found.")
	}}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, hr *http.Request) { w.(*exchange).run(nothing, hr) })
	c.services = append(c.services, s)
	c.mux.Handle(prefix+"/", http.StripPrefix(prefix, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.serve(s, w, r) })))
	c.mux.Handle(prefix, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = "/"
		c.serve(s, w, r)
	}))
}

// ServeHTTP serves all services and what handle has added.
func (c *Frontend) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.mux.ServeHTTP(w, r) }

// serve takes one call through the faults: what happens before it, the call,
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
	x := &exchange{c: c, s: s, header: http.Header{}, fault: c.faults.match(s.name, r.Method, r.URL.Path)}
	if !x.before(r) {
		s.mux.ServeHTTP(x, r)
		x.after(r)
	}
	c.log.Debug("call", zap.String("service", s.name), zap.String("method", r.Method), zap.String("path", r.URL.Path), zap.Int("status", x.status))
	x.send(w)
}

// callPattern names a call by its route, or by its method alone.
func callPattern(method, pattern string) string {
	if pattern == "/" || pattern == "" {
		return method + " (unknown)"
	}
	return pattern
}

// exchange gathers the answer to one call, so that a fault can replace it.
type exchange struct {
	c      *Frontend
	s      *service
	fault  *Fault
	header http.Header
	status int
	body   bytes.Buffer
}

func (x *exchange) Header() http.Header         { return x.header }
func (x *exchange) WriteHeader(status int)      { x.status = status }
func (x *exchange) Write(b []byte) (int, error) { return x.body.Write(b) }

func (x *exchange) send(w http.ResponseWriter) {
	for k, v := range x.header {
		w.Header()[k] = v
	}
	w.Header().Set("Date", x.c.clock().Format(http.TimeFormat))
	if x.status == 0 {
		x.status = http.StatusOK
	}
	w.WriteHeader(x.status)
	w.Write(x.body.Bytes()) //nolint:errcheck // the client has gone
}

// request is what handlers get.
type request struct {
	*http.Request
	c       *Frontend
	service *service
	tok     *token // nil on open routes
	minor   int    // microversion, its part after the dot
	now     time.Time
	id      string
	fault   *Fault // one that bears on the objects, else nil
	header  http.Header
	status  int
	raw     []byte
	cut     error // why the body ended early, for a call that has begun by then
}

func (x *exchange) run(r route, hr *http.Request) {
	q := &request{Request: hr, c: x.c, service: x.s, id: "req-" + uuid.NewString(), header: x.header, status: r.status}
	if x.fault != nil && x.fault.onObjects() {
		q.fault = x.fault
	}
	x.header.Set("X-Openstack-Request-Id", q.id)
	body, err := q.call(r)
	var bad *apiError
	if errors.As(err, &bad) {
		kind, text := bad.body(x.s.name)
		x.answer(bad.status, kind, text)
		if bad.status == http.StatusUnauthorized {
			x.header.Set("WWW-Authenticate", `Keystone uri="`+q.host()+`/identity/v3"`)
		}
		return
	}
	switch b := body.(type) {
	case nil:
		x.status = q.status
	case []byte:
		x.answer(q.status, "application/octet-stream", b)
	default:
		kind, text := asJSON(b)
		x.answer(q.status, kind, text)
	}
}

func (x *exchange) answer(status int, contentType string, body []byte) {
	x.status = status
	if x.header.Get("Content-Type") == "" {
		x.header.Set("Content-Type", contentType)
	}
	x.body.Write(body)
}

// call reads the body and runs the handler.
func (q *request) call(r route) (any, error) {
	if r.begin != nil {
		if _, err := q.locked(r, r.begin); err != nil {
			return nil, err
		}
	}
	raw, err := io.ReadAll(io.LimitReader(q.Body, maxBody))
	if err != nil && r.begin == nil {
		return nil, fail(http.StatusBadRequest, "The body could not be read: %v", err)
	}
	q.raw, q.cut = raw, err
	if q.service.prepare != nil && !r.open {
		if err := q.service.prepare(q); err != nil {
			return nil, err
		}
	}
	return q.locked(r, r.do)
}

// locked runs a handler under the lock, with the world as it is now.
func (q *request) locked(r route, do handler) (any, error) {
	q.c.Lock()
	defer q.c.Unlock()
	q.now = q.c.clock()
	q.c.advance(nowUTC())
	if !r.open && q.tok == nil {
		var err error
		if q.tok, err = q.c.tokens.authenticate(q.Header.Get("X-Auth-Token"), q.now); err != nil {
			return nil, err
		}
	}
	body, err := do(q)
	if lost := q.c.flush(); lost != nil {
		q.c.log.Error("state not saved", zap.Error(lost))
		return nil, fail(http.StatusInternalServerError, "%v", lost)
	}
	return body, err
}

// decode reads the body as JSON into v, which is a struct or map.
func (q *request) decode(v any) error {
	if err := json.Unmarshal(q.raw, v); err != nil {
		if q.service.name == "neutron" {
			return netFail(http.StatusBadRequest, "HTTPBadRequest", "Body contains invalid data")
		}
		return fail(http.StatusBadRequest, "Malformed request body: %v", err)
	}
	return nil
}

func (q *request) host() string { return "http://" + q.Host }

// self is the absolute address of the request without its query.
func (q *request) self() string { return q.host() + q.service.prefix + q.URL.Path }

// sees says whether the caller may see what belongs to the project.
func (q *request) sees(project string) bool { return q.tok.Admin || q.tok.Project == project }
