package glance

import (
	"net/http"
	"slices"
	"time"

	"novaflow/internal/devcloud/api"
)

// imageMember is a project that an image is shared with.
type imageMember struct {
	Project string    `json:"project"` // glance does not check that it exists
	Created time.Time `json:"created"`
}

// sharedWith reports whether a member may use the image. The member need not have
// accepted it: that matters only for lists.
func (im *Image) sharedWith(project string) bool {
	return im.Visibility == "shared" && im.member(project) >= 0
}

// member returns the index of a member, or -1.
func (im *Image) member(project string) int {
	return slices.IndexFunc(im.Members, func(m imageMember) bool { return m.Project == project })
}

func (im *Image) memberView(m imageMember) obj {
	return obj{"member_id": m.Project, "image_id": im.ID, "status": "pending", "created_at": api.NetTime(m.Created),
		"updated_at": api.NetTime(m.Created), "schema": "/v2/schemas/member"}
}

// sharedImage gets the image of a call about its members. Only shared images have
// members.
func (c *Glance) sharedImage(q *api.Request, refusal string) (*Image, error) {
	im, err := c.ownImage(q, "Image %s not found.")
	if err == nil && im.Visibility != "shared" {
		err = api.Fail(http.StatusForbidden, refusal, im.ID)
	}
	return im, err
}

func (c *Glance) listImageMembers(q *api.Request) (any, error) {
	im, err := c.sharedImage(q, "Not allowed to list members for image %s: Only shared images have members.")
	if err != nil {
		return nil, err
	}
	all := []obj{}
	for _, m := range im.Members {
		all = append(all, im.memberView(m))
	}
	return obj{"members": all, "schema": "/v2/schemas/members"}, nil
}

func (c *Glance) addImageMember(q *api.Request) (any, error) {
	im, err := c.sharedImage(q, "Not allowed to create members for image %s.")
	if err != nil {
		return nil, err
	}
	var in struct{ Member string }
	if err := q.Decode(&in); err != nil {
		return nil, err
	}
	switch {
	case in.Member == "":
		return nil, api.Fail(http.StatusBadRequest, "Member can't be empty")
	case im.member(in.Member) >= 0:
		return nil, api.Fail(http.StatusConflict, "Member %s is duplicated for image %s", in.Member, im.ID)
	}
	m := imageMember{Project: in.Member, Created: q.Now}
	im.Members = append(slices.Clone(im.Members), m)
	c.Images.Put(im)
	return im.memberView(m), nil
}

func (c *Glance) showImageMember(q *api.Request) (any, error) {
	im, err := c.sharedImage(q, "Not allowed to list members for image %s: Only shared images have members.")
	if err != nil {
		return nil, err
	}
	i := im.member(q.PathValue("member"))
	if i < 0 {
		return nil, noMember(q)
	}
	return im.memberView(im.Members[i]), nil
}

func (c *Glance) removeImageMember(q *api.Request) (any, error) {
	im, err := c.sharedImage(q, "Not allowed to delete members for image %s.")
	if err != nil {
		return nil, err
	}
	i := im.member(q.PathValue("member"))
	if i < 0 {
		return nil, noMember(q)
	}
	im.Members = slices.Delete(slices.Clone(im.Members), i, i+1)
	c.Images.Put(im)
	return nil, nil
}

func noMember(q *api.Request) error {
	return api.Fail(http.StatusNotFound, "%s not found in the member list of the image %s.", q.PathValue("member"),
		q.PathValue("id"))
}
