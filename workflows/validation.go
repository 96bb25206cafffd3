package workflows

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// maxName is nova's limit for server names, less room for "-boot" and the like
// in the names of the parts.
const maxName = 200

type report func(format string, args ...any)

func required(bad report, field, value string) {
	if strings.TrimSpace(value) == "" {
		bad("%s: missing", field)
	}
}

// checkCloud refuses what would make [ServerWorkflowID] the same for different
// servers: cloud "a", server "b:c" and cloud "a:b", server "c".
func checkCloud(bad report, cloud string) {
	required(bad, "cloud", cloud)
	if strings.Contains(cloud, ":") {
		bad("cloud: %q has a colon, which parts cloud and server in the ids of runs: give it another name in clouds.yaml", cloud)
	}
}

// checkName refuses what nova refuses: characters that have no shape, and those
// beyond U+FFFE, of which cinder and neutron make an error of their own. Nova
// sees the name last, when all else has been made.
func checkName(bad report, name string) {
	if len(name) > maxName {
		bad("name: longer than %d bytes", maxName)
	}
	if name != strings.TrimSpace(name) {
		bad("name: %q begins or ends with a space", name)
	}
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar || r > 0xFFFE }) {
		bad("name: %q has a character that OpenStack does not take: it must be printable and below U+FFFF", name)
	}
}

// checkList refuses what is there twice or empty in a list of names.
func checkList(bad report, what string, names []string) {
	for i, name := range names {
		required(bad, fmt.Sprintf("%s %d", what, i), name)
		if name != "" && slices.Contains(names[:i], name) {
			bad("%s %d: %q is there twice", what, i, name)
		}
	}
}

// mostGiB is more than any cloud has, and keeps sums from running over.
const mostGiB = 1 << 30

func checkSize(bad report, field string, gib int) {
	if gib < 1 || gib > mostGiB {
		bad("%s: %d GiB is no size", field, gib)
	}
}

// validation collects the problems of a spec.
func validation(check func(bad report)) error {
	var problems []error
	check(func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) })
	return errors.Join(problems...)
}
