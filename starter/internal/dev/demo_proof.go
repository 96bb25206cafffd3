package dev

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"novaflow/internal/devcloud"
	"novaflow/starter/internal/term"
)

// unusedNames returns names of servers that the inventory does not have.
func unusedNames(inventory []devcloud.Object, n int) []string {
	used := map[string]bool{}
	for _, o := range inventory {
		if o.Kind == "server" {
			used[o.Name] = true
		}
	}
	var names []string
	for i := 1; len(names) < n; i++ {
		if name := fmt.Sprintf("web-%d", i); !used[name] {
			names = append(names, name)
		}
	}
	return names
}

// proveEqual compares two inventories object by object, and prints the counts.
func proveEqual(out io.Writer, before, after []devcloud.Object) error {
	was, is := byKind(before), byKind(after)
	rows := [][]string{{"KIND", "BEFORE", "AFTER"}}
	for _, kind := range slices.Sorted(maps.Keys(mergeKinds(was, is))) {
		rows = append(rows, []string{kind, fmt.Sprint(was[kind]), fmt.Sprint(is[kind])})
	}
	if err := term.PrintTable(out, rows); err != nil {
		return err
	}
	differences := Compare(before, after)
	if len(differences) == 0 {
		fmt.Fprintf(out, "\nAll %d objects are the same, one by one: nothing of the failed create remains.\n\n",
			len(before))
		return nil
	}
	fmt.Fprintln(out)
	for _, d := range differences {
		fmt.Fprintln(out, d)
	}
	return errors.New("the proof does not hold: the inventory is not what it was before the failed create")
}

func byKind(inventory []devcloud.Object) map[string]int {
	counts := map[string]int{}
	for _, o := range inventory {
		counts[o.Kind]++
	}
	return counts
}

func mergeKinds(a, b map[string]int) map[string]int {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// Compare lists every difference between two inventories.
func Compare(before, after []devcloud.Object) []string {
	was, is := map[string]devcloud.Object{}, map[string]devcloud.Object{}
	for _, o := range before {
		was[o.Kind+" "+o.ID] = o
	}
	for _, o := range after {
		is[o.Kind+" "+o.ID] = o
	}
	var out []string
	for key, o := range was {
		switch now, ok := is[key]; {
		case !ok:
			out = append(out, fmt.Sprintf("missing: %s %q", key, o.Name))
		case now != o:
			out = append(out, fmt.Sprintf("changed: %s from %+v to %+v", key, o, now))
		}
	}
	for key, o := range is {
		if _, ok := was[key]; !ok {
			out = append(out, fmt.Sprintf("left behind: %s %q", key, o.Name))
		}
	}
	slices.Sort(out)
	return out
}
