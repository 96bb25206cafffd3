package cloud

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"
)

// lastRequest remembers two ids that the cloud gave to requests in a context. The id of
// the latest request is for logs, and for errors that do not carry it. The id of the
// latest request that changed something is for results.
type lastRequest struct{ id, change atomic.Pointer[string] }

type lastRequestKey struct{}

func TraceRequests(ctx context.Context) context.Context {
	return context.WithValue(ctx, lastRequestKey{}, &lastRequest{})
}

// RequestID returns the id of the latest answered request in ctx, or "".
func RequestID(ctx context.Context) string {
	if last, ok := ctx.Value(lastRequestKey{}).(*lastRequest); ok {
		if id := last.id.Load(); id != nil {
			return *id
		}
	}
	return ""
}

// changeID returns the id of the latest answered request in ctx that was to change
// something, or "".
func changeID(ctx context.Context) string {
	if last, ok := ctx.Value(lastRequestKey{}).(*lastRequest); ok {
		if id := last.change.Load(); id != nil {
			return *id
		}
	}
	return ""
}

// Answered is part of the results of effects: the id that the cloud gave to the
// request which had the effect. It is "" where the effect was there already, and
// in what was only looked at.
type Answered struct {
	Request string `json:"request,omitempty"`
}

// RequestID implements saga.Requested.
func (a Answered) RequestID() string { return a.Request }

func (a *Answered) answeredBy(id string) { a.Request = id }

// RecordRequest enters the request that had the effect into a result that has a field for
// it.
func RecordRequest[T any](ctx context.Context, out *T) {
	if r, ok := any(out).(interface{ answeredBy(id string) }); ok {
		r.answeredBy(changeID(ctx))
	}
}

// changesSomething reports whether a request is to change something of the user's.
func changesSomething(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && !strings.HasSuffix(r.URL.Path, "/auth/tokens")
}

type callersKey struct{}

// OnBehalfOf returns a context for a call that several activities share.
func OnBehalfOf(ctx context.Context, names []string) context.Context {
	return context.WithValue(ctx, callersKey{}, names)
}

// Callers returns, sorted, the activities on whose behalf something is done in ctx. They
// are sent with each request as its user agent, so that the logs of a service say what a
// call was for.
func Callers(ctx context.Context) []string {
	if activity.IsActivity(ctx) {
		return []string{activity.GetInfo(ctx).ActivityType.Name}
	}
	names, _ := ctx.Value(callersKey{}).([]string)
	return names
}

// MergeNames returns a sorted list of the names in either list.
func MergeNames(names, more []string) []string {
	names = append(slices.Clone(names), more...)
	slices.Sort(names)
	return slices.Compact(names)
}

// requestHeader carries the id of a request. In an answer it is the id that the service
// has given to the request. In a request it is the global request id, which is the same
// for all requests that belong together
// (https://docs.openstack.org/oslo.middleware/latest/reference/middleware.html).
const requestHeader = "X-Openstack-Request-Id"

// globalID returns the global request id of all that a run asks for. Services log it and
// pass it on to each other. It is "" where no run asks, and where its id has a form that
// services ignore.
func globalID(ctx context.Context) string {
	if !activity.IsActivity(ctx) {
		return ""
	}
	id, err := uuid.Parse(activity.GetInfo(ctx).WorkflowExecution.RunID)
	if err != nil {
		return ""
	}
	return "req-" + id.String()
}

// tracing is a transport that says in each request whom it is for, and fills the
// lastRequest of the request's context.
type tracing struct{ http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (t tracing) RoundTrip(r *http.Request) (*http.Response, error) {
	if names := Callers(r.Context()); len(names) > 0 {
		r = r.Clone(r.Context())
		r.Header.Set("User-Agent", fmt.Sprintf("%s (%s)", r.UserAgent(), strings.Join(names, ", ")))
		if id := globalID(r.Context()); id != "" {
			r.Header.Set(requestHeader, id)
		}
	}
	answer, err := t.RoundTripper.RoundTrip(r)
	if last, ok := r.Context().Value(lastRequestKey{}).(*lastRequest); ok {
		id := ""
		if err == nil {
			id = answerID(answer.Header)
		}
		last.id.Store(&id)
		if changesSomething(r) {
			last.change.Store(&id)
		}
	}
	return answer, err
}

// answerID returns the request id in the headers of an answer. Nova's older name for it
// is a fallback.
func answerID(h http.Header) string {
	if id := h.Get(requestHeader); id != "" {
		return id
	}
	return h.Get("X-Compute-Request-Id")
}
