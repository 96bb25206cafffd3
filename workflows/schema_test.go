package workflows_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/require"

	"novaflow/saga"
	"novaflow/workflows"
	"novaflow/workflows/spec"
)

// The bug: an editor that knows an older form of a request gives wrong advice.
func TestSchemasOfRequestsAreFresh(t *testing.T) {
	for kind, req := range requests() {
		t.Run(kind, func(t *testing.T) {
			fresh(t, filepath.Join("schemas", kind+".json"), schemaOf(t, req))
		})
	}
}

// A request that a schema refuses must not be one that the command takes.
func TestExamplesFitTheirSchemas(t *testing.T) {
	for kind, req := range requests() {
		text, err := json.Marshal(req)
		require.NoError(t, err)
		require.NoError(t, fits(t, kind, text))
		require.Error(t, fits(t, kind, bytes.Replace(text, []byte(`"cloud"`), []byte(`"clod"`), 1)), "an unknown key")
	}
}

// requests returns the requests that files can hold: those of what gets a name.
func requests() map[string]spec.Spec {
	specs := map[string]spec.Spec{}
	for _, flow := range workflows.All() {
		pointer := reflect.New(flow.RequestType())
		if _, named := pointer.Interface().(interface {
			Request() (*spec.RunOptions, *string)
		}); named {
			specs[flow.FlowKind()] = flow.ToExample().Input.(spec.Spec)
		}
	}
	return specs
}

func fits(t *testing.T, kind string, text []byte) error {
	t.Helper()
	var schema jsonschema.Schema
	require.NoError(t, json.Unmarshal(workflows.Schema(kind), &schema))
	resolved, err := schema.Resolve(nil)
	require.NoError(t, err)
	var value any
	require.NoError(t, json.Unmarshal(text, &value))
	return resolved.Validate(value)
}

// schemaOf is the schema of a spec. What its source says beside a field describes
// it.
func schemaOf(t *testing.T, req spec.Spec) string {
	t.Helper()
	schema, err := jsonschema.ForType(reflect.TypeOf(req), &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[spec.Duration]():  {Type: "string", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h))+$`},
		reflect.TypeFor[saga.OnFailure](): {Type: "string", Enum: []any{"", "revert", "hold", "keep"}},
	}})
	require.NoError(t, err)
	schema.Schema = "https://json-schema.org/draft/2020-12/schema"
	explain(schema, reflect.TypeOf(req), fieldComments(t))
	// The command line fills these in where a file leaves them out.
	schema.Required = without(schema.Required, "cloud", "name")
	text, err := json.MarshalIndent(schema, "", "  ")
	require.NoError(t, err)
	return string(text) + "\n"
}

func without(all []string, left ...string) (out []string) {
	for _, name := range all {
		if !strings.Contains(" "+strings.Join(left, " ")+" ", " "+name+" ") {
			out = append(out, name)
		}
	}
	return out
}

// explain describes the properties of a schema by the comments of the fields.
func explain(schema *jsonschema.Schema, t reflect.Type, comments map[string]string) {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
		if schema.Items != nil {
			schema = schema.Items
		}
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		property := schema.Properties[name]
		if property == nil {
			continue
		}
		owner := t
		if len(f.Index) > 1 {
			owner = t.FieldByIndex(f.Index[:len(f.Index)-1]).Type
		}
		property.Description = comments[path.Base(owner.PkgPath())+"."+owner.Name()+"."+f.Name]
		explain(property, f.Type, comments)
	}
}

// fieldComments returns what the source says beside the fields of structs, by
// "package.Type.Field".
func fieldComments(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*/*.go")
	require.NoError(t, err)
	deeper, err := filepath.Glob("*/*/*.go")
	require.NoError(t, err)
	comments := map[string]string{}
	for _, name := range append(files, deeper...) {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if req, ok := n.(*ast.TypeSpec); ok {
				commentsOf(file.Name.Name, req, comments)
			}
			return true
		})
	}
	return comments
}

func commentsOf(pkg string, req *ast.TypeSpec, comments map[string]string) {
	body, ok := req.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range body.Fields.List {
		text := strings.TrimSpace(f.Doc.Text() + f.Comment.Text())
		for _, name := range f.Names {
			comments[pkg+"."+req.Name.Name+"."+name.Name] = strings.Join(strings.Fields(text), " ")
		}
	}
}
