package cloud

import (
	"fmt"
	"slices"
	"strings"
)

// Nearest returns the known name that a misspelt one probably means, or "".
func Nearest(name string, known []string) string {
	best, least := "", 0
	for _, k := range known {
		d := editDistance(strings.ToLower(name), strings.ToLower(k))
		if areSimilar(strings.ToLower(name), strings.ToLower(k)) && (best == "" || d < least) {
			best, least = k, d
		}
	}
	return best
}

// Suggest names what a misspelt name may have meant, as the end of a sentence,
// or returns "".
func Suggest(name string, known []string) string {
	var near []string
	for _, k := range known {
		if areSimilar(strings.ToLower(name), strings.ToLower(k)) && !slices.Contains(near, k) {
			near = append(near, k)
		}
	}
	if len(near) == 0 {
		return ""
	}
	slices.SortStableFunc(near, func(a, b string) int { return editDistance(name, a) - editDistance(name, b) })
	return "; did you mean " + strings.Join(quoteEach(near[:min(len(near), 3)]), " or ") + "?"
}

// areSimilar reports whether two names are one or two slips apart, or one is a
// large part of the other.
func areSimilar(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	if strings.Contains(b, a) || strings.Contains(a, b) {
		return true
	}
	return editDistance(a, b) <= max(1, min(len(a), len(b))/4)
}

// editDistance returns the Levenshtein distance of two names in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func quoteEach(names []string) []string {
	var out []string
	for _, n := range names {
		out = append(out, fmt.Sprintf("%q", n))
	}
	return out
}

// QuoteAll lists names for a sentence.
func QuoteAll(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(quoteEach(names), ", ")
}
