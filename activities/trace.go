package activities

import (
	"context"
	"net/http"
	"sync/atomic"
)

// lastRequest remembers the id that the cloud gave to the latest request made
// in a context, for logs and for errors that do not carry it.
type lastRequest struct{ id atomic.Pointer[string] }

type lastRequestKey struct{}

func withLastRequest(ctx context.Context) context.Context {
	return context.WithValue(ctx, lastRequestKey{}, &lastRequest{})
}

// requestID is the id of the latest answered request in ctx, or "".
func requestID(ctx context.Context) string {
	if last, ok := ctx.Value(lastRequestKey{}).(*lastRequest); ok {
		if id := last.id.Load(); id != nil {
			return *id
		}
	}
	return ""
}

// tracing is a transport that fills the lastRequest of the request's context.
type tracing struct{ http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (t tracing) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.RoundTripper.RoundTrip(r)
	if last, ok := r.Context().Value(lastRequestKey{}).(*lastRequest); ok {
		id := ""
		if err == nil {
			id = answerID(answer.Header)
		}
		last.id.Store(&id)
	}
	return answer, err
}

// answerID is the request id in the headers of an answer. Nova's older name for
// it is a fallback.
func answerID(h http.Header) string {
	if id := h.Get("X-Openstack-Request-Id"); id != "" {
		return id
	}
	return h.Get("X-Compute-Request-Id")
}
