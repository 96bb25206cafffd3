package activities

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.temporal.io/sdk/activity"
)

// deref is what p points to, or the zero value.
func deref[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}

// idOf is the id in a result that may never have arrived.
func idOf[T made](out *T) string {
	if out == nil {
		return ""
	}
	return (*out).ResourceID()
}

// errorOr is the first error that there is.
func errorOr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// exactly is a filter for a name: nova takes it for a regular expression.
func exactly(name string) string { return "^" + regexp.QuoteMeta(name) + "$" }

// LooksLikeID reports whether a word has the form of an id of OpenStack's. It may be a
// name all the same.
func LooksLikeID(s string) bool { return idForm.MatchString(s) }

func ids[T made](all []T) string {
	var out []string
	for _, v := range all {
		out = append(out, v.ResourceID())
	}
	return strings.Join(out, ", ")
}

// together runs tasks side by side and returns the first error.
func together(tasks ...func() error) error {
	errs := make([]error, len(tasks))
	var all sync.WaitGroup
	for i, task := range tasks {
		all.Go(func() { errs[i] = task() })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// findNamed finds things by id or exact name, each of several words. Only if a
// word finds nothing does it list all, to tell what there is.
func findNamed[T any](words []string, get func(id string) (T, error), list func(name string) ([]T, error)) (found []T, err error) {
	for _, word := range words {
		if word == "" {
			continue
		}
		if LooksLikeID(word) {
			v, err := get(word)
			if err == nil {
				found = append(found, v)
				continue
			}
			if classOf(err) != Gone {
				return nil, err
			}
		}
		some, err := list(word)
		if err == nil && len(some) == 0 {
			some, err = list("")
		}
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}

// distinct leaves out what was found twice.
func distinct[T any](all []T, id func(T) string) []T {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(v T) bool {
		again := seen[id(v)]
		seen[id(v)] = true
		return again
	})
}

// optional takes a refusal to tell for no answer: some clouds hide quotas, and
// some neutrons do not know the path.
func optional(err error) error {
	var e *Error
	if errors.As(err, &e) && (e.Class != Transient || e.status == http.StatusNotFound) {
		return nil
	}
	return err
}

// lookOp names the look-up of a quota.
func lookOp(s Service) Op { return Op{s, Reading, fmt.Sprintf("read the quota of %s", s)} }

var idForm = regexp.MustCompile(`^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$`)

// named is how messages call a resource.
func named(kind, name, id string) string {
	switch {
	case name == "":
		return fmt.Sprintf("%s %s", kind, id)
	case id == "":
		return fmt.Sprintf("%s %q", kind, name)
	}
	return fmt.Sprintf("%s %q (%s)", kind, name, id)
}

// log tells what happened to a resource.
func log(ctx context.Context, message string, o OwnedObject) {
	activity.GetLogger(ctx).Info(message, "kind", o.Kind, "id", o.ID, "name", o.Name, "mark", string(o.Mark), "cloud", o.Cloud, "request", requestID(ctx))
}
