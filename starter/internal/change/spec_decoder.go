package change

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"novaflow/activities"
	"novaflow/workflows/spec"
)

// specDecoder compares a document with the type that it is to become.
type specDecoder struct{ problems []error }

// bad records a mistake with its line.
func (d *specDecoder) bad(n *yaml.Node, format string, args ...any) {
	d.problems = append(d.problems, fmt.Errorf("line %d: %s", n.Line, fmt.Sprintf(format, args...)))
}

// value checks a node of the document. what names the node in messages.
func (d *specDecoder) value(n *yaml.Node, t reflect.Type, what string) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n.Tag == "!!timestamp" {
		n.Tag = "!!str" // a date is text as it was written, not a moment
	}
	switch {
	case n.Tag == "!!null" && n.Kind == yaml.ScalarNode: // as if it were left out
	case decodesItself(t):
		d.scalar(n, t, what)
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		d.fields(n, t, what)
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for i, item := range n.Content {
			d.value(item, t.Elem(), fmt.Sprintf("%s[%d]", what, i))
		}
	case t.Kind() == reflect.Map && n.Kind == yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			n.Content[i-1].Tag = "!!str" // as keys are in JSON, whatever they look like
			d.value(n.Content[i], t.Elem(), what+"."+n.Content[i-1].Value)
		}
	default:
		d.scalar(n, t, what)
	}
}

// decodesItself reports whether a type has its own form in JSON.
func decodesItself(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]())
}

// fields checks the keys and values of a mapping.
func (d *specDecoder) fields(n *yaml.Node, t reflect.Type, what string) {
	known := jsonFields(t)
	seen := map[string]int{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field, ok := known[key.Value]
		switch first := seen[key.Value]; {
		case first > 0:
			d.bad(key, "%q is given twice, first in line %d", key.Value, first)
		case !ok:
			d.bad(key, "%s has no %q%s", what, key.Value, nearestKey(key.Value, known))
		default:
			d.value(value, field, key.Value)
		}
		seen[key.Value] = key.Line
	}
}

// jsonFields maps the JSON names of a struct's fields to their types, including those of
// embedded structs.
func jsonFields(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.Anonymous && f.IsExported() && name != "" && name != "-" {
			fields[name] = f.Type
		}
	}
	return fields
}

// nearestKey ends a message with the nearest known key, or with all of them.
func nearestKey(key string, known map[string]reflect.Type) string {
	var names []string
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	if near := activities.Nearest(key, names); near != "" {
		return fmt.Sprintf(": did you mean %q?", near)
	}
	return "; it has " + strings.Join(names, ", ")
}

// scalar checks a single value.
func (d *specDecoder) scalar(n *yaml.Node, t reflect.Type, what string) {
	if t == reflect.TypeFor[spec.Duration]() && (n.Tag == "!!int" || n.Tag == "!!float") {
		d.bad(n, "%s: %s has no unit: want a duration such as 90s, 10m or 1h30m", what, n.Value)
		return
	}
	var plain any
	if err := n.Decode(&plain); err != nil {
		d.bad(n, "%s: %s", what, strings.TrimPrefix(err.Error(), "yaml: "))
		return
	}
	text, err := json.Marshal(plain)
	if err == nil {
		err = json.Unmarshal(text, reflect.New(t).Interface())
	}
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
	case errors.As(err, &kind):
		d.bad(n, "%s: %s is not %s", what, cmp.Or(n.Value, "this"), describeShape(t))
	default:
		d.bad(n, "%s: %v", what, err)
	}
}

// describeShape says what a value of a type looks like.
func describeShape(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "text (put it between quotes)"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "a mapping"
	}
	return "a whole number"
}
