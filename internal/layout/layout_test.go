// Package layout tests the import rules of the whole repository, so that a newcomer can
// trust the map in docs/development.md. The rules stand in rules_test.go. The package has no
// code of its own and imports nothing of novaflow.
package layout

import (
	"bytes"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	module = "novaflow/"
	tags   = "e2e,openstack,openstackcli,cluster,prove" // as in the Makefile
)

// TestImportsFollowTheRules holds every package to the rules and walls.
func TestImportsFollowTheRules(t *testing.T) {
	broken := violations(listImports(t, "../.."))
	require.Empty(t, broken, "%s", strings.Join(broken, "\n"))
}

// TestExamplesUsePublicPackagesOnly keeps internal packages out of the examples. The
// examples show what a user's own module can do.
func TestExamplesUsePublicPackagesOnly(t *testing.T) {
	for path, imports := range listImports(t, "../../examples") {
		for _, i := range imports {
			ours, inner := strings.HasPrefix(i, module), strings.Contains(i, "/internal/")
			require.False(t, strings.HasPrefix(path, "example.com/") && ours && inner, "%s imports %s", path, i)
		}
	}
}

// TestFloorsHavePackages finds patterns that stand for no package, such as one that was
// misspelt or left behind.
func TestFloorsHavePackages(t *testing.T) {
	imports := listImports(t, "../..")
	for _, r := range rules {
		for _, p := range slices.Concat(r.floors...) {
			known := slices.ContainsFunc(slices.Collect(maps.Keys(imports)), func(path string) bool {
				name, ours := strings.CutPrefix(path, module)
				return ours && matches(p, name)
			})
			require.True(t, known, "rule %q: no package matches %s", r.name, p)
		}
	}
}

// listImports lists the imports of each package in the module of a folder and of
// everything that it depends on, programs of every build tag included. Imports of tests are
// left out: a test may use what the package itself may not.
func listImports(t *testing.T, dir string) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-tags", tags, "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	cmd.Dir = dir
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	require.NoError(t, err, "%s", problems.String())
	imports := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		imports[fields[0]] = fields[1:]
	}
	return imports
}

// violations lists each import that breaks a rule or a wall, and each package that has
// no floor.
func violations(imports map[string][]string) (broken []string) {
	for path := range imports {
		from, ours := strings.CutPrefix(path, module)
		if !ours {
			continue
		}
		broken = append(broken, checkPlace(from)...)
		for _, i := range imports[path] {
			if to, ours := strings.CutPrefix(i, module); ours {
				broken = append(broken, checkImport(from, to)...)
			}
		}
		broken = append(broken, checkWalls(imports, path)...)
	}
	return broken
}

// checkPlace requires a floor for a package in each rule of its room.
func checkPlace(path string) (broken []string) {
	for _, r := range rules {
		if matches(r.room, path) && findFloor(r, path) < 0 {
			broken = append(broken, fmt.Sprintf("rule %q: %s has no floor: add it to rules_test.go, "+
				"on the lowest floor that it needs", r.name, path))
		}
	}
	return broken
}

// checkImport holds one import to each rule that knows both packages.
func checkImport(from, to string) (broken []string) {
	for _, r := range rules {
		a, b := findFloor(r, from), findFloor(r, to)
		if a < 0 || b < 0 || b < a || a == b && sharePattern(r.floors[a], from, to) {
			continue
		}
		broken = append(broken, fmt.Sprintf("rule %q: %s may not import %s: %s", r.name, from, to, r.advice))
	}
	return broken
}

// findFloor finds the floor of a package in a rule, or -1. The longest pattern wins.
func findFloor(r rule, path string) int {
	found, longest := -1, -1
	for n, patterns := range r.floors {
		for _, p := range patterns {
			if matches(p, path) && len(p) > longest {
				found, longest = n, len(p)
			}
		}
	}
	return found
}

// sharePattern reports whether one pattern of a floor stands for both packages, as
// activities/... does in the rule of the house. Such packages may import one another.
func sharePattern(patterns []string, from, to string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, from) && matches(p, to) })
}

// matches reports whether a pattern stands for a package. "x/..." stands for x and
// everything below it, "..." for everything.
func matches(pattern, path string) bool {
	prefix, below := strings.CutSuffix(pattern, "...")
	if !below {
		return path == pattern
	}
	return strings.HasPrefix(path+"/", prefix)
}

func matchesAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, path) })
}

// checkWalls looks for what a package must not depend on.
func checkWalls(imports map[string][]string, path string) (broken []string) {
	for _, w := range walls {
		if !matchesAny(w.inside, strings.TrimPrefix(path, module)) {
			continue
		}
		for _, found := range listReached(imports, path, w.direct) {
			if matchesAny(w.outside, found) {
				broken = append(broken, fmt.Sprintf("wall %q: %s depends on %s: %s", w.name, path, found, w.advice))
			}
		}
	}
	return broken
}

// listReached lists what a package imports: itself if direct is set, else also through
// others.
func listReached(imports map[string][]string, path string, direct bool) []string {
	if direct {
		return imports[path]
	}
	seen, all := map[string]bool{path: true}, []string{path}
	for n := 0; n < len(all); n++ { // all grows on the way
		for _, i := range imports[all[n]] {
			if !seen[i] {
				seen[i], all = true, append(all, i)
			}
		}
	}
	return all[1:]
}
