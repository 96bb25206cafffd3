package api

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"novaflow/internal/devcloud/store"
)

// Page cuts the part out of items that limit and marker ask for. It also returns the
// address of the next part, "" if there is none. As the services do, it gives a full page
// a next one even if nothing is left. max bounds the limit, 0 means no bound; def is the
// limit if none is given. missing returns the error for a marker that does not exist.
func Page[P store.Object](q *Request, items []P, def, max int, missing func(id string) error) ([]P, string, error) {
	limit, err := q.limit(def, max)
	if err != nil {
		return nil, "", err
	}
	if marker := q.URL.Query().Get("marker"); marker != "" {
		i := slices.IndexFunc(items, func(p P) bool { return p.Base().ID == marker })
		if i < 0 {
			return nil, "", missing(marker)
		}
		items = items[i+1:]
	}
	if limit <= 0 || len(items) < limit {
		return items, "", nil
	}
	items = items[:limit]
	return items, q.nextPage(items[limit-1].Base().ID), nil
}

// limit reads the limit of a list.
func (q *Request) limit(def, max int) (int, error) {
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

// badLimit returns the service's error for a limit that is no number.
func (q *Request) badLimit(text string) error {
	switch q.service.name {
	case "neutron":
		return NetFail(http.StatusBadRequest, "BadRequest",
			"Bad limit request: Limit must be an integer 0 or greater and not '%s'.", text)
	case "nova":
		return Fail(http.StatusBadRequest, "Invalid input for query parameters limit. Value: %s. '%s' does not match "+
			"'^[0-9]*$'", text, text)
	}
	return Fail(http.StatusBadRequest, "limit param must be positive")
}

// nextPage returns this request's address with another marker.
func (q *Request) nextPage(marker string) string {
	v := url.Values{}
	for k, old := range q.URL.Query() {
		if k != "marker" {
			v[k] = old
		}
	}
	v.Set("marker", marker)
	return q.Self() + "?" + v.Encode()
}

// List returns the body of a collection of nova or cinder, with a link if more follows.
func (q *Request) List(name string, items []obj, next string) obj {
	body := obj{name: items}
	if next != "" {
		body[name+"_links"] = []obj{{"rel": "next", "href": next}}
	}
	return body
}

// NameKey returns the index key for the name filter of a list. Without a filter there is
// none.
func (q *Request) NameKey() []string {
	if name := q.URL.Query().Get("name"); name != "" {
		return []string{"name=" + name}
	}
	return nil
}

// InOrder sorts as nova, cinder and glance do: by sort_key and sort_dir or by
// sort=key:dir, otherwise the newest first. Keys that it does not know change nothing.
func InOrder[P store.Object](q *Request, items []P) []P {
	slices.Reverse(items)
	query := q.URL.Query()
	keys, dirs := query["sort_key"], query["sort_dir"]
	for part := range strings.SplitSeq(query.Get("sort"), ",") {
		key, dir, _ := strings.Cut(part, ":")
		keys, dirs = append(keys, key), append(dirs, dir)
	}
	slices.SortStableFunc(items, func(a, b P) int {
		for i, key := range keys {
			n := compareBy(key, a.Base(), b.Base())
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

// compareBy compares two objects by a sort key.
func compareBy(key string, a, b *store.Meta) int {
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
