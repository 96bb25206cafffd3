package neutron

import (
	"encoding/json"
	"slices"
	"unicode/utf8"

	"novaflow/internal/devcloud/api"
)

// checkTags refuses tags that neutron refuses.
func checkTags(tags ...string) error {
	for _, t := range tags {
		if utf8.RuneCountInString(t) > api.MaxText {
			return badInput("'%s' exceeds maximum length of %d", t, api.MaxText)
		}
	}
	return nil
}

func (k collection[P]) listTags(q *api.Request) (any, error) {
	p, err := k.get(q)
	if err != nil {
		return nil, err
	}
	return obj{"tags": api.TagsOf(p.Base())}, nil
}

func (k collection[P]) hasTag(q *api.Request) (any, error) {
	p, err := k.get(q)
	if err == nil && !slices.Contains(p.Base().Tags, q.PathValue("tag")) {
		err = api.NoTag(q.PathValue("tag"))
	}
	return nil, err
}

func (k collection[P]) setTags(q *api.Request, change func(old []string) ([]string, error)) ([]string, error) {
	p, err := k.getOwn(q, "update")
	if err != nil {
		return nil, err
	}
	tags, err := change(slices.Clone(p.Base().Tags))
	if err != nil {
		return nil, err
	}
	p.Base().Tags = tags
	k.touch(q, p)
	return api.TagsOf(p.Base()), nil
}

func (k collection[P]) replaceTags(q *api.Request) (any, error) {
	var body struct {
		Tags []string `json:"tags"`
	}
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	tags, err := k.setTags(q, func([]string) ([]string, error) {
		return api.TagSet(body.Tags), checkTags(body.Tags...)
	})
	return obj{"tags": tags}, err
}

func (k collection[P]) addTag(q *api.Request) (any, error) {
	_, err := k.setTags(q, func(old []string) ([]string, error) {
		return api.TagSet(append(old, q.PathValue("tag"))), checkTags(q.PathValue("tag"))
	})
	return json.RawMessage("null"), err
}

func (k collection[P]) dropTag(q *api.Request) (any, error) {
	_, err := k.setTags(q, func(old []string) ([]string, error) {
		i := slices.Index(old, q.PathValue("tag"))
		if i < 0 {
			return nil, api.NoTag(q.PathValue("tag"))
		}
		return slices.Delete(old, i, i+1), nil
	})
	return nil, err
}

func (k collection[P]) clearTags(q *api.Request) (any, error) {
	_, err := k.setTags(q, func([]string) ([]string, error) { return nil, nil })
	return nil, err
}
