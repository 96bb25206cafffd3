package devcloud

import (
	"net/http"
	"slices"
	"time"
)

// imageMember is a project that an image is shared with.
type imageMember struct {
	Project string    `json:"project"` // nobody looks whether it exists
	Created time.Time `json:"created"`
}

// sharedWith says whether a member may use the image. It need not have accepted
// it: that matters only for lists.
func (im *image) sharedWith(project string) bool {
	return im.Visibility == "shared" && im.member(project) >= 0
}

func (im *image) member(project string) int {
	return slices.IndexFunc(im.Members, func(m imageMember) bool { return m.Project == project })
}

func (im *image) memberView(m imageMember) obj {
	return obj{"member_id": m.Project, "image_id": im.ID, "status": "pending", "created_at": netTime(m.Created), "updated_at": netTime(m.Created), "schema": "/v2/schemas/member"}
}

// sharable is the image of a call about its members, which only shared ones have.
func (c *Glance) sharable(q *request, refusal string) (*image, error) {
	im, err := c.ownImage(q, "Image %s not found.")
	if err == nil && im.Visibility != "shared" {
		err = fail(http.StatusForbidden, refusal, im.ID)
	}
	return im, err
}

func (c *Glance) listImageMembers(q *request) (any, error) {
	im, err := c.sharable(q, "Not allowed to list members for image %s: Only shared images have members.")
	if err != nil {
		return nil, err
	}
	all := []obj{}
	for _, m := range im.Members {
		all = append(all, im.memberView(m))
	}
	return obj{"members": all, "schema": "/v2/schemas/members"}, nil
}

func (c *Glance) addImageMember(q *request) (any, error) {
	im, err := c.sharable(q, "Not allowed to create members for image %s.")
	if err != nil {
		return nil, err
	}
	var in struct{ Member string }
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	switch {
	case in.Member == "":
		return nil, fail(http.StatusBadRequest, "Member can't be empty")
	case im.member(in.Member) >= 0:
		return nil, fail(http.StatusConflict, "Member %s is duplicated for image %s", in.Member, im.ID)
	}
	m := imageMember{Project: in.Member, Created: q.now}
	im.Members = append(slices.Clone(im.Members), m)
	c.images.put(im)
	return im.memberView(m), nil
}

func (c *Glance) showImageMember(q *request) (any, error) {
	im, err := c.sharable(q, "Not allowed to list members for image %s: Only shared images have members.")
	if err != nil {
		return nil, err
	}
	i := im.member(q.PathValue("member"))
	if i < 0 {
		return nil, noMember(q)
	}
	return im.memberView(im.Members[i]), nil
}

func (c *Glance) removeImageMember(q *request) (any, error) {
	im, err := c.sharable(q, "Not allowed to delete members for image %s.")
	if err != nil {
		return nil, err
	}
	i := im.member(q.PathValue("member"))
	if i < 0 {
		return nil, noMember(q)
	}
	im.Members = slices.Delete(slices.Clone(im.Members), i, i+1)
	c.images.put(im)
	return nil, nil
}

func noMember(q *request) error {
	return fail(http.StatusNotFound, "%s not found in the member list of the image %s.", q.PathValue("member"), q.PathValue("id"))
}
