package api

import (
	"fmt"
	"slices"
	"strings"

	"novaflow/internal/devcloud/store"
)

// EqualsQuery compares an attribute with a value of the query. Of a list one element
// must be equal.
func EqualsQuery(have any, want string) bool {
	switch h := have.(type) {
	case nil:
		return want == "" || want == "null"
	case bool:
		return strings.EqualFold(fmt.Sprint(h), want) || h && want == "1" || !h && want == "0"
	case []string:
		return slices.Contains(h, want)
	}
	return fmt.Sprint(have) == want
}

// HasTags reports whether the view has all of the tags. If how ends with "-any", one of
// them is enough.
func HasTags(v obj, how string, values []string) bool {
	have, _ := v["tags"].([]string)
	want := strings.Split(strings.Join(values, ","), ",")
	has := func(t string) bool { return slices.Contains(have, t) }
	if strings.HasSuffix(how, "-any") {
		return slices.ContainsFunc(want, has)
	}
	return !slices.ContainsFunc(want, func(t string) bool { return !has(t) })
}

// TagsOf returns the tags of an object, never nil.
func TagsOf(m *store.Meta) []string {
	if m.Tags == nil {
		return []string{}
	}
	return m.Tags
}

// TagSet returns the tags sorted and without duplicates.
func TagSet(tags []string) []string {
	out := slices.Clone(tags)
	slices.Sort(out)
	return slices.Compact(out)
}
