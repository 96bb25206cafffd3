package api

import (
	"net/http"
	"slices"
	"strconv"
)

// PlainLimit shows a limit as its number.
func PlainLimit(_ string, n int) any { return n }

// ReadLimits reads the limits of the known resources from the quota_set of a body. It
// passes over those that are ignored, and refuses all others.
func (q *Request) ReadLimits(known []string, ignored func(resource string) bool) (map[string]int, error) {
	var body struct {
		Set map[string]any `json:"quota_set"`
	}
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	limits := map[string]int{}
	for r, v := range body.Set {
		n, isNumber := v.(float64)
		if text, ok := v.(string); ok {
			i, err := strconv.Atoi(text)
			n, isNumber = float64(i), err == nil
		}
		switch {
		case isNumber && n < -1:
			return nil, Fail(http.StatusBadRequest,
				"Invalid input for field/attribute %s. Value: %v. %v is less than the minimum of -1", r, n, n)
		case slices.Contains(known, r) && isNumber:
			limits[r] = int(n)
		case !slices.Contains(known, r) && r != "force" && r != "tenant_id" && !ignored(r):
			return nil, Fail(http.StatusBadRequest,
				"Invalid input for field/attribute quota_set. Additional properties are not allowed ('%s' was "+
					"unexpected)", r)
		}
	}
	return limits, nil
}
