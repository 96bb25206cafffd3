// Package layout keeps the import rules of the whole repository, so that a newcomer can
// trust the map in docs/development.md. It consists of tests alone and imports nothing of
// novaflow.
package layout

import (
	"bufio"
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	module = "novaflow/"
	tags   = "e2e,openstack,openstackcli,cluster,prove" // as in the Makefile
)

// TestImportsFollowTheRules keeps the rooms apart. Before these rules 88 % of the code
// stood in five packages, because nothing said where else it could go.
func TestImportsFollowTheRules(t *testing.T) {
	broken := violations(listImports(t))
	require.Empty(t, broken, "%s", strings.Join(broken, "\n"))
}

// TestExamplesUsePublicPackagesOnly keeps the examples what they show: a module of
// somebody else.
func TestExamplesUsePublicPackagesOnly(t *testing.T) {
	for path, imports := range list(t, "../../examples", "./...") {
		for _, i := range imports {
			ours, inner := strings.HasPrefix(i, module), strings.Contains(i, "/internal/")
			require.False(t, strings.HasPrefix(path, "example.com/") && ours && inner, "%s imports %s", path, i)
		}
	}
}

// listImports lists what each package of the module and all that it depends on import,
// for the tests and programs of every build tag.
func listImports(t *testing.T) map[string][]string {
	t.Helper()
	return list(t, "../..", "./...")
}

func list(t *testing.T, dir, pattern string) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-tags", tags, "-f", `{{.ImportPath}} {{join .Imports " "}}`, pattern)
	cmd.Dir = dir
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	require.NoError(t, err, "%s", problems.String())
	imports := map[string][]string{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		imports[fields[0]] = fields[1:]
	}
	return imports
}

// violations lists each import that breaks a rule or a wall, and each package that no
// rule places.
func violations(imports map[string][]string) (broken []string) {
	for path := range imports {
		from, ours := strings.CutPrefix(path, module)
		if !ours {
			continue
		}
		if !placed(from) {
			broken = append(broken, from+" stands in no rule: add it to rules_test.go, on the lowest floor that it needs")
		}
		for _, i := range imports[path] {
			if to, ours := strings.CutPrefix(i, module); ours {
				broken = append(broken, breaksRule(from, to)...)
			}
		}
		broken = append(broken, breaksWall(imports, path)...)
	}
	return broken
}

func placed(path string) bool {
	if strings.HasPrefix(path, "internal/layout") {
		return true
	}
	for _, r := range rules {
		if floor(r, path) >= 0 {
			return true
		}
	}
	return false
}

// floor finds the floor of a package in a rule, or -1. The pattern that is longest wins.
func floor(r rule, path string) int {
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

func matches(pattern, path string) bool {
	prefix, below := strings.CutSuffix(pattern, "...")
	if !below {
		return path == pattern
	}
	return strings.HasPrefix(path+"/", prefix)
}

// sameRoom reports whether one pattern of a floor stands for both packages, as
// activities/... does in the rule of the house.
func sameRoom(r rule, from, to string) bool {
	for _, p := range r.floors[floor(r, from)] {
		if strings.HasSuffix(p, "...") && matches(p, from) && matches(p, to) {
			return true
		}
	}
	return false
}

func breaksRule(from, to string) (broken []string) {
	for _, r := range rules {
		a, b := floor(r, from), floor(r, to)
		if a < 0 || b < 0 || b < a || a == b && sameRoom(r, from, to) {
			continue
		}
		broken = append(broken, fmt.Sprintf("rule %q: %s may not import %s: %s", r.name, from, to, r.advice))
	}
	return broken
}

func breaksWall(imports map[string][]string, path string) (broken []string) {
	for _, w := range walls {
		if !matchesAny(w.inside, strings.TrimPrefix(path, module)) {
			continue
		}
		for _, found := range reached(imports, path, w.direct) {
			if matchesAny(w.outside, found) {
				broken = append(broken, fmt.Sprintf("wall %q: %s depends on %s: %s", w.name, path, found, w.advice))
			}
		}
	}
	return broken
}

// reached lists what a package imports, itself or through others.
func reached(imports map[string][]string, path string, direct bool) []string {
	if direct {
		return imports[path]
	}
	var all []string
	seen, next := map[string]bool{}, []string{path}
	for len(next) > 0 {
		at := next[0]
		next = next[1:]
		for _, i := range imports[at] {
			if !seen[i] {
				seen[i] = true
				all, next = append(all, i), append(next, i)
			}
		}
	}
	return all
}

func matchesAny(patterns []string, path string) bool {
	for _, p := range patterns {
		if matches(p, path) {
			return true
		}
	}
	return false
}
