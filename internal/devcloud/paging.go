package devcloud

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// page cuts the part out of items that limit and marker ask for, and returns
// the address of the next part, "" when there is none. As the services do, a
// full page has a next one even when nothing is left. max bounds the limit, 0
// means no bound; def is the limit when none is given. missing is the error for
// a marker that is not there.
func page[P object](q *request, items []P, def, max int, missing func(id string) error) ([]P, string, error) {
	limit, err := q.limit(def, max)
	if err != nil {
		return nil, "", err
	}
	if marker := q.URL.Query().Get("marker"); marker != "" {
		i := slices.IndexFunc(items, func(p P) bool { return p.base().ID == marker })
		if i < 0 {
			return nil, "", missing(marker)
		}
		items = items[i+1:]
	}
	if limit <= 0 || len(items) < limit {
		return items, "", nil
	}
	items = items[:limit]
	return items, q.nextPage(items[limit-1].base().ID), nil
}

func (q *request) limit(def, max int) (int, error) {
	text := q.URL.Query().Get("limit")
	if text == "" {
		return def, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, q.badLimit(text)
	}
	if n == 0 {
		return def, nil
	}
	if max > 0 && n > max {
		n = max
	}
	return n, nil
}

func (q *request) badLimit(text string) error {
	switch q.service.name {
	case "neutron":
		return netFail(http.StatusBadRequest, "BadRequest", "Bad limit request: Limit must be an integer 0 or greater and not '%s'.", text)
	case "nova":
		return fail(http.StatusBadRequest, "Invalid input for query parameters limit. Value: %s. '%s' does not match '^[0-9]*$'", text, text)
	}
	return fail(http.StatusBadRequest, "limit param must be positive")
}

// badMarker is nova's error for a marker that is not there.
func badMarker(marker string) error {
	return fail(http.StatusBadRequest, "marker [%s] not found", marker)
}

// nextPage is this request's address with another marker.
func (q *request) nextPage(marker string) string {
	v := url.Values{}
	for k, old := range q.URL.Query() {
		if k != "marker" {
			v[k] = old
		}
	}
	v.Set("marker", marker)
	return q.self() + "?" + v.Encode()
}

// inOrder sorts as nova, cinder and glance do: by sort_key and sort_dir or
// sort=key:dir, else newest first. Keys that it does not know change nothing.
func inOrder[P object](q *request, items []P) []P {
	slices.Reverse(items)
	query := q.URL.Query()
	keys, dirs := query["sort_key"], query["sort_dir"]
	for part := range strings.SplitSeq(query.Get("sort"), ",") {
		key, dir, _ := strings.Cut(part, ":")
		keys, dirs = append(keys, key), append(dirs, dir)
	}
	slices.SortStableFunc(items, func(a, b P) int {
		for i, key := range keys {
			n := compareBy(key, a.base(), b.base())
			if i >= len(dirs) || dirs[i] != "asc" {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
	return items
}

func compareBy(key string, a, b *meta) int {
	switch key {
	case "name", "display_name":
		return strings.Compare(a.Name, b.Name)
	case "created_at":
		return a.Created.Compare(b.Created)
	case "updated_at":
		return a.Updated.Compare(b.Updated)
	case "status":
		return strings.Compare(a.Status, b.Status)
	case "id", "uuid":
		return strings.Compare(a.ID, b.ID)
	}
	return 0
}
