package neutron

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
)

// fields are the attributes in a body. They keep null and absent apart.
type fields struct {
	raw  map[string]json.RawMessage
	seen map[string]bool
	bad  error
}

func readFields(q *api.Request, one string) (*fields, error) {
	var body map[string]json.RawMessage
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	f := &fields{seen: map[string]bool{}}
	if raw, ok := body[one]; !ok || json.Unmarshal(raw, &f.raw) != nil {
		return nil, badRequest("Unable to find '%s' in request body", one)
	}
	return f, nil
}

// project returns the project that the object will belong to.
func (f *fields) project(q *api.Request) string {
	p := q.Token.Project
	f.text("tenant_id", &p)
	f.text("project_id", &p)
	return p
}

// read decodes the attribute if it is given, and reports whether it is.
func (f *fields) read(name string, into any) bool {
	raw, ok := f.raw[name]
	f.seen[name] = true
	if !ok {
		return false
	}
	// A value of its own: Unmarshal would write into the slice or map at hand.
	fresh := reflect.New(reflect.TypeOf(into).Elem())
	err := json.Unmarshal(raw, fresh.Interface())
	if err != nil && f.bad == nil {
		f.bad = badRequest("Invalid input for %s. Reason: %s is not valid.", name, raw)
	}
	if err == nil && !f.isNull(name) {
		reflect.ValueOf(into).Elem().Set(fresh.Elem())
	}
	return true
}

// text reads an attribute that is a text.
func (f *fields) text(name string, into *string) {
	if f.read(name, into) && f.bad == nil && utf8.RuneCountInString(*into) > api.MaxText {
		f.bad = badRequest("Invalid input for %s. Reason: '%s' exceeds maximum length of %d.", name, *into, api.MaxText)
	}
}

func (f *fields) isNull(name string) bool { return bytes.Equal(f.raw[name], []byte("null")) }

// checkUnknown reports what was malformed or not known, after all known attributes were
// read.
func (f *fields) checkUnknown(ignored ...string) error {
	if f.bad != nil {
		return f.bad
	}
	for name := range maps.Keys(f.raw) {
		if !f.seen[name] && !slices.Contains(ignored, name) && !strings.Contains(name, ":") {
			return badRequest("Unrecognized attribute(s) '%s'", name)
		}
	}
	return nil
}

// requireID reads a required id.
func (f *fields) requireID(name string, into *string) error {
	if !f.read(name, into) || f.isNull(name) {
		return badRequest("Failed to parse request. Required attribute '%s' not specified", name)
	}
	if _, err := uuid.Parse(*into); err != nil && f.bad == nil {
		return badRequest("Invalid input for %s. Reason: '%s' is not a valid UUID.", name, *into)
	}
	return f.bad
}
