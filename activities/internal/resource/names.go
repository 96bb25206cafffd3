package resource

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.temporal.io/sdk/activity"

	"novaflow/activities/internal/cloud"
)

// IDAndName returns how a request may name a resource that activities create.
func IDAndName[T Resource](v T) (id, name string) { return v.ResourceID(), v.Object().Name }

// Deref returns what p points to, or the zero value.
func Deref[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}

// IDOf returns the id in a result that may never have arrived.
func IDOf[T Resource](out *T) string {
	if out == nil {
		return ""
	}
	return (*out).ResourceID()
}

// LooksLikeID reports whether a word has the form of an id of OpenStack's. It may be a
// name all the same.
func LooksLikeID(s string) bool { return idForm.MatchString(s) }

func JoinIDs[T Resource](all []T) string {
	var out []string
	for _, v := range all {
		out = append(out, v.ResourceID())
	}
	return strings.Join(out, ", ")
}

// InParallel runs tasks side by side and returns the first error.
func InParallel(tasks ...func() error) error {
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

// FindEach finds resources by id or exact name, each of several words. Only if a
// word finds nothing does it list all, to say what exists.
func FindEach[T any](words []string, get func(id string) (T, error),
	list func(name string) ([]T, error)) (found []T, err error) {
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
			if cloud.ClassOf(err) != cloud.Gone {
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

// Distinct leaves out what was found twice.
func Distinct[T any](all []T, id func(T) string) []T {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(v T) bool {
		again := seen[id(v)]
		seen[id(v)] = true
		return again
	})
}

var idForm = regexp.MustCompile(`^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$`)

// Describe returns how messages name a resource.
func Describe(kind, name, id string) string {
	switch {
	case name == "":
		return fmt.Sprintf("%s %s", kind, id)
	case id == "":
		return fmt.Sprintf("%s %q", kind, name)
	}
	return fmt.Sprintf("%s %q (%s)", kind, name, id)
}

// Log records what happened to a resource.
func Log(ctx context.Context, message string, o OwnedObject) {
	activity.GetLogger(ctx).Info(message, "kind", o.Kind, "id", o.ID, "name", o.Name, "mark", string(o.Mark), "cloud",
		o.Cloud, "request", cloud.RequestID(ctx))
}
