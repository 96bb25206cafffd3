package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// apiError is an answer other than success. Each service words it in its own way.
type apiError struct {
	status  int
	kind    string // neutron's exception type; "token" for what keystonemiddleware says
	message string
}

// Error returns the status and the message.
func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.status, e.message) }

// MessageOf returns the message of an error without its status, as one service quotes
// another.
func MessageOf(err error) string {
	var e *apiError
	if errors.As(err, &e) {
		return e.message
	}
	return err.Error()
}

// Fail returns an error that a service answers with a status and a message.
func Fail(status int, format string, a ...any) error {
	return &apiError{status: status, message: fmt.Sprintf(format, a...)}
}

// NetFail returns an error of neutron, whose errors have a type.
func NetFail(status int, kind, format string, a ...any) error {
	return &apiError{status: status, kind: kind, message: fmt.Sprintf(format, a...)}
}

// Unauthorized returns the error for a request without a valid token.
func Unauthorized() error {
	return &apiError{http.StatusUnauthorized, "token", "The request you have made requires authentication."}
}

// noRoute is the kind of the error for an unknown path. Except in neutron, the service's
// web framework answers then, so the body is not one of the service's.
const noRoute = "HTTPNotFound"

// faultNames are the names that nova and cinder give to statuses. All others are
// computeFault.
var faultNames = map[int]string{
	400: "badRequest", 401: "unauthorized", 403: "forbidden", 404: "itemNotFound", 405: "badMethod",
	409: "conflictingRequest", 413: "overLimit", 415: "badMediaType", 429: "overLimit", 501: "notImplemented",
	503: "serviceUnavailable",
}

// body renders the error as the service does, with its content type.
func (e *apiError) body(service string) (contentType string, body []byte) {
	switch {
	case service == "glance", e.kind == noRoute && service != "neutron":
		text := fmt.Sprintf("%d %s\n\n%s\n\n   ", e.status, http.StatusText(e.status), e.message)
		return "text/plain; charset=UTF-8", []byte(text)
	case service == "keystone" || e.kind == "token":
		return EncodeJSON(obj{"error": obj{"code": e.status, "message": e.message, "title": http.StatusText(e.status)}})
	case service == "neutron":
		return EncodeJSON(obj{"NeutronError": obj{"type": e.kind, "message": e.message, "detail": ""}})
	}
	name, ok := faultNames[e.status]
	if !ok {
		name = "computeFault"
	}
	detail := obj{"code": e.status, "message": e.message}
	if e.status == http.StatusRequestEntityTooLarge {
		detail["retryAfter"] = "0"
	}
	return EncodeJSON(obj{name: detail})
}

// EncodeJSON returns a content type and a body.
func EncodeJSON(v any) (string, []byte) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only maps of plain values come here
	}
	return "application/json", b
}

// NoTag returns the error of neutron and glance for a tag that an object does not have.
func NoTag(tag string) error {
	return NetFail(http.StatusNotFound, "TagNotFound", "Tag %s could not be found.", tag)
}
