package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// MaxName is nova's limit for server names, less room for "-boot" and the like
// in the names of the parts.
const MaxName = 200

type Report func(format string, args ...any)

func Require(bad Report, field, value string) {
	if strings.TrimSpace(value) == "" {
		bad("%s: missing", field)
	}
}

// checkCloud refuses what would make [ServerWorkflowID] the same for different
// servers: cloud "a", server "b:c" and cloud "a:b", server "c".
func checkCloud(bad Report, cloud string) {
	Require(bad, "cloud", cloud)
	if strings.Contains(cloud, ":") {
		bad("cloud: %q has a colon, which parts cloud and server in the ids of runs: give it another name in clouds.yaml", cloud)
	}
}

// CheckName refuses what nova refuses: characters that have no shape, and those
// beyond U+FFFE, of which cinder and neutron make an error of their own. Nova
// sees the name last, when all else has been made.
func CheckName(bad Report, name string) {
	if len(name) > MaxName {
		bad("name: longer than %d bytes", MaxName)
	}
	if name != strings.TrimSpace(name) {
		bad("name: %q begins or ends with a space", name)
	}
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar || r > 0xFFFE }) {
		bad("name: %q has a character that OpenStack does not take: it must be printable and below U+FFFF", name)
	}
}

// CheckList refuses what is there twice or empty in a list of names.
func CheckList(bad Report, what string, names []string) {
	for i, name := range names {
		Require(bad, fmt.Sprintf("%s %d", what, i), name)
		if name != "" && slices.Contains(names[:i], name) {
			bad("%s %d: %q is there twice", what, i, name)
		}
	}
}

// mostGiB is more than any cloud has, and keeps sums from running over.
const mostGiB = 1 << 30

func CheckSize(bad Report, field string, gib int) {
	if gib < 1 || gib > mostGiB {
		bad("%s: %d GiB is no size", field, gib)
	}
}

// Validate collects the problems of a spec.
func Validate(check func(bad Report)) error {
	var problems []error
	check(func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) })
	return errors.Join(problems...)
}
