package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// MaxName is nova's limit for server names in bytes, less what "-boot" and the like add
// in the names of the parts.
const MaxName = 200

// mostGiB is more than any cloud has, and keeps sums from overflowing.
const mostGiB = 1 << 30

// Report takes what is wrong with a request.
type Report func(format string, args ...any)

// Validate runs a check and returns all that it reports, joined, or nil.
func Validate(check func(bad Report)) error {
	var problems []error
	check(func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) })
	return errors.Join(problems...)
}

// Require reports a value that is missing or blank.
func Require(bad Report, field, value string) {
	if strings.TrimSpace(value) == "" {
		bad("%s: missing", field)
	}
}

// checkCloud reports a name of a cloud with which [ServerWorkflowID] would be the same
// for different servers: cloud "a", server "b:c" and cloud "a:b", server "c".
func checkCloud(bad Report, cloud string) {
	Require(bad, "cloud", cloud)
	if strings.Contains(cloud, ":") {
		bad("cloud: %q has a colon, which separates cloud and server in the ids of runs: "+
			"give it another name in clouds.yaml", cloud)
	}
}

// CheckName reports a name that nova refuses: it has characters without a shape, or
// beyond U+FFFE, for which cinder and neutron answer with errors of their own. Nova sees
// the name last, when all else was created.
func CheckName(bad Report, name string) {
	if len(name) > MaxName {
		bad("name: longer than %d bytes", MaxName)
	}
	if name != strings.TrimSpace(name) {
		bad("name: %q begins or ends with a space", name)
	}
	if strings.ContainsFunc(name, isUnprintable) {
		bad("name: %q has a character that OpenStack does not take: it must be printable and below U+FFFF", name)
	}
}

// isUnprintable reports whether OpenStack refuses a character in a name.
func isUnprintable(r rune) bool {
	return !unicode.IsGraphic(r) || r == unicode.ReplacementChar || r > 0xFFFE
}

// CheckList reports what is empty or given twice in a list of names.
func CheckList(bad Report, what string, names []string) {
	for i, name := range names {
		Require(bad, fmt.Sprintf("%s %d", what, i), name)
		if name != "" && slices.Contains(names[:i], name) {
			bad("%s %d: %q is there twice", what, i, name)
		}
	}
}

// CheckSize reports what cannot be the size of a volume or disk.
func CheckSize(bad Report, field string, gib int) {
	if gib < 1 || gib > mostGiB {
		bad("%s: %d GiB is no size", field, gib)
	}
}
