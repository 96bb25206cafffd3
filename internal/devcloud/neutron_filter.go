package devcloud

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// netFilter are the attributes a list of neutron's must equal, any of the
// values given for each. Attributes that a view lacks are not looked at.
type netFilter map[string][]string

func filters(query url.Values) netFilter {
	want := netFilter{}
	for k, v := range query {
		switch k {
		case "fields", "limit", "marker", "sort_key", "sort_dir", "page_reverse":
		default:
			want[k] = v
		}
	}
	return want
}

func (want netFilter) match(v obj) bool {
	for k, values := range want {
		if base, ok := strings.CutPrefix(k, "not-"); ok && strings.HasPrefix(base, "tags") {
			if tagged(v, base, values) {
				return false
			}
			continue
		}
		if strings.HasPrefix(k, "tags") {
			if !tagged(v, k, values) {
				return false
			}
			continue
		}
		if have, ok := v[k]; ok && !slices.ContainsFunc(values, func(w string) bool { return equalNet(have, w) }) {
			return false
		}
	}
	return true
}

// tagged says whether the view has all, or for "-any" any, of the tags.
func tagged(v obj, how string, values []string) bool {
	have, _ := v["tags"].([]string)
	want := strings.Split(strings.Join(values, ","), ",")
	has := func(t string) bool { return slices.Contains(have, t) }
	if strings.HasSuffix(how, "-any") {
		return slices.ContainsFunc(want, has)
	}
	return !slices.ContainsFunc(want, func(t string) bool { return !has(t) })
}

// equalNet compares an attribute with a value of the query. Of fixed_ips one
// must match "ip_address=A" or "subnet_id=S"; of a list one must be equal.
func equalNet(have any, want string) bool {
	switch h := have.(type) {
	case nil:
		return want == "" || want == "null"
	case bool:
		return strings.EqualFold(fmt.Sprint(h), want) || h && want == "1" || !h && want == "0"
	case []fixedIP:
		k, v, _ := strings.Cut(want, "=")
		return slices.ContainsFunc(h, func(f fixedIP) bool {
			return k == "ip_address" && f.IP == v || k == "subnet_id" && f.Subnet == v ||
				k == "ip_address_substr" && strings.Contains(f.IP, v)
		})
	case []string:
		return slices.Contains(h, want)
	}
	return fmt.Sprint(have) == want
}

func noTag(tag string) error {
	return netFail(http.StatusNotFound, "TagNotFound", "Tag %s could not be found.", tag)
}

func tagsOf(m *meta) []string {
	if m.Tags == nil {
		return []string{}
	}
	return m.Tags
}

func (k collection[P]) listTags(q *request) (any, error) {
	p, err := k.get(q)
	if err != nil {
		return nil, err
	}
	return obj{"tags": tagsOf(p.base())}, nil
}

func (k collection[P]) hasTag(q *request) (any, error) {
	p, err := k.get(q)
	if err == nil && !slices.Contains(p.base().Tags, q.PathValue("tag")) {
		err = noTag(q.PathValue("tag"))
	}
	return nil, err
}

func (k collection[P]) setTags(q *request, change func(old []string) ([]string, error)) ([]string, error) {
	p, err := k.own(q, "update")
	if err != nil {
		return nil, err
	}
	tags, err := change(slices.Clone(p.base().Tags))
	if err != nil {
		return nil, err
	}
	p.base().Tags = tags
	k.touch(q, p)
	return tagsOf(p.base()), nil
}

func (k collection[P]) replaceTags(q *request) (any, error) {
	var body struct {
		Tags []string `json:"tags"`
	}
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	tags, err := k.setTags(q, func([]string) ([]string, error) { return sorted(body.Tags), checkNetTags(body.Tags...) })
	return obj{"tags": tags}, err
}

func (k collection[P]) addTag(q *request) (any, error) {
	_, err := k.setTags(q, func(old []string) ([]string, error) {
		return sorted(append(old, q.PathValue("tag"))), checkNetTags(q.PathValue("tag"))
	})
	return json.RawMessage("null"), err
}

func (k collection[P]) dropTag(q *request) (any, error) {
	_, err := k.setTags(q, func(old []string) ([]string, error) {
		i := slices.Index(old, q.PathValue("tag"))
		if i < 0 {
			return nil, noTag(q.PathValue("tag"))
		}
		return slices.Delete(old, i, i+1), nil
	})
	return nil, err
}

func (k collection[P]) clearTags(q *request) (any, error) {
	_, err := k.setTags(q, func([]string) ([]string, error) { return nil, nil })
	return nil, err
}

// sorted is a set of tags.
func sorted(tags []string) []string {
	out := slices.Clone(tags)
	slices.Sort(out)
	return slices.Compact(out)
}
