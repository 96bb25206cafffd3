package api

import (
	"bytes"
	"errors"
	"net/http"

	"github.com/google/uuid"
)

// exchange gathers the answer to one call, so that a fault can replace it.
type exchange struct {
	front  *Frontend
	s      *service
	fault  *Fault
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the header of the answer.
func (x *exchange) Header() http.Header { return x.header }

// WriteHeader sets the status of the answer.
func (x *exchange) WriteHeader(status int) { x.status = status }

// Write adds to the body of the answer.
func (x *exchange) Write(b []byte) (int, error) { return x.body.Write(b) }

// send writes the gathered answer to the client.
func (x *exchange) send(w http.ResponseWriter) {
	for k, v := range x.header {
		w.Header()[k] = v
	}
	w.Header().Set("Date", x.front.Clock().Format(http.TimeFormat))
	if x.status == 0 {
		x.status = http.StatusOK
	}
	w.WriteHeader(x.status)
	w.Write(x.body.Bytes()) //nolint:errcheck // the client has gone
}

// run calls the handler of a route and gathers its answer or its error.
func (x *exchange) run(r Route, hr *http.Request) {
	q := &Request{Request: hr, front: x.front, service: x.s, ID: "req-" + uuid.NewString(), AnswerHeader: x.header,
		Status: r.status}
	if x.fault != nil && x.fault.onObjects() {
		q.fault = x.fault
	}
	x.header.Set("X-Openstack-Request-Id", q.ID)
	body, err := q.call(r)
	var bad *apiError
	if errors.As(err, &bad) {
		kind, text := bad.body(x.s.name)
		x.answer(bad.status, kind, text)
		if bad.status == http.StatusUnauthorized {
			x.header.Set("WWW-Authenticate", `Keystone uri="`+q.BaseURL()+`/identity/v3"`)
		}
		return
	}
	switch b := body.(type) {
	case nil:
		x.status = q.Status
	case []byte:
		x.answer(q.Status, "application/octet-stream", b)
	default:
		kind, text := EncodeJSON(b)
		x.answer(q.Status, kind, text)
	}
}

// answer gathers a status, a content type and a body.
func (x *exchange) answer(status int, contentType string, body []byte) {
	x.status = status
	if x.header.Get("Content-Type") == "" {
		x.header.Set("Content-Type", contentType)
	}
	x.body.Write(body)
}
