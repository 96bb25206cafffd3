package change

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decodeSpec reads a request in YAML, which includes JSON, into spec, a pointer to a
// struct with json tags. It reports all mistakes together, each with its line. For an
// unknown key it names the nearest known one.
func decodeSpec(text []byte, spec any) error {
	document, err := oneDocument(text)
	if err != nil {
		return err
	}
	d := specDecoder{}
	d.value(document.Content[0], reflect.TypeOf(spec).Elem(), "the request")
	if len(d.problems) > 0 {
		return errors.Join(d.problems...)
	}
	var plain any
	if err := document.Decode(&plain); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	clean, err := json.Marshal(plain)
	if err != nil {
		return err
	}
	return json.Unmarshal(clean, spec)
}

// oneDocument parses a file with one request. A second one is refused, because it would
// be ignored silently.
func oneDocument(text []byte) (*yaml.Node, error) {
	var document, next yaml.Node
	parts := yaml.NewDecoder(bytes.NewReader(text))
	switch err := parts.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, errors.New("it is empty")
	case err != nil:
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	switch err := parts.Decode(&next); {
	case errors.Is(err, io.EOF):
		return &document, nil
	case err != nil:
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	return nil, fmt.Errorf("line %d: a second document begins here: a file holds one request", next.Line)
}
