package nova

import (
	"regexp"
)

// exactName returns a filter for a name. Nova takes the filter for a regular expression.
func exactName(name string) string { return "^" + regexp.QuoteMeta(name) + "$" }
