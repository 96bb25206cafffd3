package api

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"novaflow/internal/devcloud/store"
)

// MaxBody limits the body of a request: images are small here.
const MaxBody = 64 << 20

// Request is a call as its handler sees it: what the client sent, who the client is, and
// what the answer will have beside its body.
type Request struct {
	*http.Request
	front        *Frontend
	service      *service
	Token        *Token // nil on open routes
	Minor        int    // microversion, its part after the dot
	Now          time.Time
	ID           string
	fault        *Fault // one that bears on the objects, else nil
	AnswerHeader http.Header
	Status       int
	Raw          []byte
	Cut          error // why the body ended early; only calls that begin before their body see it
}

// call reads the body and runs the handler.
func (q *Request) call(r Route) (any, error) {
	if r.begin != nil {
		if _, err := q.locked(r, r.begin); err != nil {
			return nil, err
		}
	}
	raw, err := io.ReadAll(io.LimitReader(q.Body, MaxBody))
	if err != nil && r.begin == nil {
		return nil, Fail(http.StatusBadRequest, "The body could not be read: %v", err)
	}
	q.Raw, q.Cut = raw, err
	if q.service.prepare != nil && !r.open {
		if err := q.service.prepare(q); err != nil {
			return nil, err
		}
	}
	return q.locked(r, r.do)
}

// locked runs a handler under the lock, after carrying out what is due.
func (q *Request) locked(r Route, do Handler) (any, error) {
	q.front.Lock()
	defer q.front.Unlock()
	q.Now = q.front.Clock()
	q.front.Advance(store.NowUTC())
	if !r.open && q.Token == nil {
		var err error
		if q.Token, err = q.front.tokens.Authenticate(q.Header.Get("X-Auth-Token"), q.Now); err != nil {
			return nil, err
		}
	}
	body, err := do(q)
	if lost := q.front.Flush(); lost != nil {
		q.front.log.Error("state not saved", zap.Error(lost))
		return nil, Fail(http.StatusInternalServerError, "%v", lost)
	}
	return body, err
}

// Decode reads the body as JSON into v, a pointer to a struct or map.
func (q *Request) Decode(v any) error {
	if err := json.Unmarshal(q.Raw, v); err != nil {
		if q.service.name == "neutron" {
			return NetFail(http.StatusBadRequest, "HTTPBadRequest", "Body contains invalid data")
		}
		return Fail(http.StatusBadRequest, "Malformed request body: %v", err)
	}
	return nil
}

// BaseURL returns the address of the cloud as the client knows it.
func (q *Request) BaseURL() string { return "http://" + q.Host }

// Self returns the absolute address of the request without its query.
func (q *Request) Self() string { return q.BaseURL() + q.service.prefix + q.URL.Path }

// Sees reports whether the caller may see what belongs to the project.
func (q *Request) Sees(project string) bool { return q.Token.Admin || q.Token.Project == project }

// Links returns the links of an object of nova or cinder. rest is the name of its
// collection in paths.
func (q *Request) Links(rest, id string) []obj {
	base, name := q.BaseURL()+q.service.prefix, "/"+rest+"/"+id
	root := strings.ReplaceAll(q.service.root, "{project_id}", q.PathValue("project_id"))
	return []obj{
		{"rel": "self", "href": base + root + name},
		{"rel": "bookmark", "href": base + strings.TrimPrefix(strings.TrimPrefix(root, "/v2.1"), "/v3") + name},
	}
}

// Forbid returns the error of nova and cinder for a rule that the caller does not
// satisfy.
func (q *Request) Forbid(rule string) error {
	return Fail(http.StatusForbidden, "Policy doesn't allow %s to be performed.", rule)
}
