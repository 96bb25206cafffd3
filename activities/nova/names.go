package nova

import (
	"regexp"
)

// exactly is a filter for a name: nova takes it for a regular expression.
func exactly(name string) string { return "^" + regexp.QuoteMeta(name) + "$" }
