package precheck

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"novaflow/activities/internal/cloud"
)

// Choose finds the one resource with the wanted id, else with exactly the wanted
// name. Failing that it records the problem and returns nil.
func Choose[T any](p *Problems, kind, wanted string, all []T, naming func(T) (id, name string)) *T {
	var byName []T
	for _, v := range all {
		id, name := naming(v)
		if id == wanted {
			return &v
		}
		if name == wanted {
			byName = append(byName, v)
		}
	}
	switch {
	case wanted == "":
		p.Add("no %s is given: name one of %s", kind, ListSome(NamesOf(all, naming)))
	case len(byName) == 1:
		return &byName[0]
	case len(byName) == 0:
		p.Add("there is no %s %q%s", kind, wanted, Advise(wanted, NamesOf(all, naming)))
	default:
		var ids []string
		for _, v := range byName {
			id, _ := naming(v)
			ids = append(ids, id)
		}
		p.Add("%d %ss are called %q: name one by its id: %s", len(ids), kind, wanted, strings.Join(ids, ", "))
	}
	return nil
}

// Advise returns what a misspelt name may mean, or else what there is, as the end of a
// sentence.
func Advise(wanted string, known []string) string {
	if s := cloud.Suggest(wanted, known); s != "" {
		return s
	}
	if len(known) == 0 {
		return ": there are none"
	}
	return ": name one of " + ListSome(known)
}

// ListSome lists names, but not without end.
func ListSome(names []string) string {
	const most = 8
	names = slices.Clone(names)
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) <= most {
		return cloud.QuoteAll(names)
	}
	return fmt.Sprintf("%s and %d more", cloud.QuoteAll(names[:most]), len(names)-most)
}

func NamesOf[T any](all []T, naming func(T) (id, name string)) []string {
	var names []string
	for _, v := range all {
		id, name := naming(v)
		names = append(names, cmp.Or(name, id))
	}
	return names
}
