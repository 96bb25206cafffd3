package glance

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/projects"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// CheckImageAction looks everything up that a new image needs. It may have to ask
// a slow server for the length of its data.
var CheckImageAction = saga.Read((*Activities)(nil).CheckImage).With(task.CheckOptions)

// ResolveOwnedImageAction finds an image that a run created.
var ResolveOwnedImageAction = saga.Read((*Activities)(nil).ResolveOwnedImage).With(task.SurveyOptions)

// ImageQuery says what an image is to be created from.
type ImageQuery struct {
	Cloud           string      `json:"cloud"`
	Run             string      `json:"run,omitempty"` // that asks; its own image of the same name is no obstacle
	Name            string      `json:"name"`
	From            ImageSource `json:"from"`
	DiskFormat      string      `json:"diskFormat"`
	ContainerFormat string      `json:"containerFormat"`
	Members         []string    `json:"members,omitempty"` // projects, by name or id
}

// ImagePlan is what the names stand for.
type ImagePlan struct {
	SizeBytes int64    `json:"sizeBytes"`         // of the data
	Members   []string `json:"members,omitempty"` // ids of projects, in the order of the query
}

// CheckImage looks at the source and looks everything up that the request names,
// before the first effect. If anything is wrong it returns one terminal error of
// type InvalidRequest with every problem on a line of its own.
func (a *Activities) CheckImage(ctx context.Context, q ImageQuery) (ImagePlan, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (ImagePlan, error) {
		p, plan := &imageCheck{}, ImagePlan{}
		err := errors.Join(p.namesake(ctx, c, q), p.source(ctx, c, q, &plan), p.formats(ctx, c, q),
			p.members(ctx, c, q, &plan), p.quota(ctx, c, &plan))
		if err != nil {
			return ImagePlan{}, err
		}
		return plan, p.Err("image %q cannot be created on cloud %q", q.Name, q.Cloud)
	})
}

// imageCheck collects the problems of a request for an image.
type imageCheck struct{ precheck.Problems }

func (p *imageCheck) namesake(ctx context.Context, c *cloud.Client, q ImageQuery) error {
	found, err := FindOwnImages(ctx, c, q.Name)
	for _, v := range found {
		switch run := v.Mark.Run(); {
		case run != "" && run != q.Run:
			p.Add("image %q exists already (%s, created by run %s): choose another name, or delete that image first",
				v.Name, v.ID, run)
		case run == "":
			p.Add("the project has an image %q already (%s): choose another name, as names of images are for "+
				"choosing them", v.Name, v.ID)
		}
	}
	return err
}

// source opens the source, to see that it can be read and how long it is.
func (p *imageCheck) source(ctx context.Context, c *cloud.Client, q ImageQuery, plan *ImagePlan) error {
	ctx, cancel := context.WithCancel(ctx) // nothing of it is read
	defer cancel()
	d, err := sources(c.ImageSources()).open(ctx, q.From)
	if ours, ok := errors.AsType[*cloud.Error](err); ok && ours.Type == cloud.InvalidRequest {
		p.Add("%s", ours.Message)
		return nil
	}
	if err == nil {
		plan.SizeBytes = d.size
		err = d.Close()
	}
	return err
}

// formats compares the formats with those that glance takes, where glance lists them.
func (p *imageCheck) formats(ctx context.Context, c *cloud.Client, q ImageQuery) error {
	var schema struct {
		Properties map[string]struct {
			Enum []*string `json:"enum"`
		} `json:"properties"`
	}
	answer, err := c.Image.Get(ctx, c.Image.ServiceURL("schemas", "image"), &schema, nil)
	if _, _, err = gophercloud.ParseResponse(answer, err); err != nil {
		return precheck.IgnoreRefusal(cloud.Glance.Op(cloud.Listing, "look up the formats of images").Wrap(ctx, err))
	}
	for _, f := range []struct{ property, called, value string }{
		{"disk_format", "disk format", q.DiskFormat}, {"container_format", "container format", q.ContainerFormat},
	} {
		var known []string
		for _, v := range schema.Properties[f.property].Enum {
			if v != nil {
				known = append(known, *v)
			}
		}
		if len(known) > 0 && !slices.Contains(known, f.value) {
			p.Add("the cloud takes no %s %q%s", f.called, f.value, precheck.Advise(f.value, known))
		}
	}
	return nil
}

// members finds the projects to share with. Most users may not look at
// projects: then an id is taken as it is, as glance does.
func (p *imageCheck) members(ctx context.Context, c *cloud.Client, q ImageQuery, plan *ImagePlan) error {
	for _, word := range q.Members {
		id, err := p.project(ctx, c, word)
		if err != nil {
			return err
		}
		switch {
		case id == c.Project:
			p.Add("member %q is the project of the image itself: leave it out", word)
		case id != "" && slices.Contains(plan.Members, id):
			p.Add("member %q is named twice", word)
		}
		plan.Members = append(plan.Members, id)
	}
	return nil
}

// project returns the id of a project by its id or exact name. It returns "" if it has
// recorded a problem.
func (p *imageCheck) project(ctx context.Context, c *cloud.Client, word string) (string, error) {
	identity := &gophercloud.ServiceClient{ProviderClient: c.Image.ProviderClient, Endpoint: c.Image.IdentityBase +
		"v3/"}
	if resource.LooksLikeID(word) {
		_, err := projects.Get(ctx, identity, word).Extract()
		switch err = cloud.Keystone.Op(cloud.Reading, "show project "+word).Wrap(ctx, err); {
		case err == nil || cloud.StatusOf(err) == http.StatusForbidden:
			return word, nil
		case cloud.ClassOf(err) != cloud.Gone:
			return "", err
		}
	}
	pages, err := projects.List(identity, projects.ListOpts{Name: word}).AllPages(ctx)
	err = cloud.Keystone.Op(cloud.Listing, "find project "+word).Wrap(ctx, err)
	if cloud.StatusOf(err) == http.StatusForbidden {
		p.Add("member %q: you may not look up projects by name on this cloud: give the project's id", word)
		return "", nil
	}
	if err != nil {
		return "", err
	}
	found, err := projects.ExtractProjects(pages)
	if one := precheck.Choose(&p.Problems, "project", word, found,
		func(v projects.Project) (string, string) { return v.ID, v.Name }); one != nil {
		return one.ID, err
	}
	return "", err
}

// FindOwnImages finds images of the project by id, else by exact name.
func FindOwnImages(ctx context.Context, c *cloud.Client, nameOrID string) ([]Image, error) {
	if resource.LooksLikeID(nameOrID) {
		v, err := Images.Get(ctx, c, nameOrID)
		if err == nil && v.Project == c.Project || err != nil && cloud.ClassOf(err) != cloud.Gone {
			return []Image{v}, err
		}
	}
	all, err := listOwnImages(ctx, c, imagesWith{owner: c.Project}) // glance reads operators into names
	exact := slices.DeleteFunc(all, func(v Image) bool { return v.Name != nameOrID })
	return exact, cloud.Glance.Op(cloud.Listing, "find image "+nameOrID).Wrap(ctx, err)
}

// OwnedImageQuery names an image that a run created.
type OwnedImageQuery struct {
	Cloud     string `json:"cloud"`
	Image     string `json:"image"`               // name or id
	Protected bool   `json:"protected,omitempty"` // it may go although it is protected
}

// ResolveOwnedImage finds an image by id or exact name. It refuses, with an error of type
// InvalidRequest, what novaflow did not create, and one that is protected unless
// that is said.
func (a *Activities) ResolveOwnedImage(ctx context.Context, q OwnedImageQuery) (Image, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (Image, error) {
		found, err := resource.LookAgain(ctx, c, func() ([]Image, error) { return FindOwnImages(ctx, c, q.Image) })
		if err != nil {
			return Image{}, err
		}
		marked := resource.KeepMarked("", slices.Clone(found))
		switch {
		case len(found) == 0:
			err = cloud.Invalid("there is no image %q in the project on cloud %q: see the images with \"novaflow "+
				"image list\"", q.Image, c.Name)
		case len(marked) == 0:
			err = cloud.Invalid("image %q (%s) was not created by novaflow, as it carries no mark of its own: delete "+
				"it with \"openstack image delete\"", found[0].Name, resource.JoinIDs(found))
		case len(marked) > 1:
			err = cloud.Invalid("%d images created by novaflow are called %q: name one by its id: %s", len(marked),
				q.Image, resource.JoinIDs(marked))
		case marked[0].Protected && !q.Protected:
			err = cloud.Invalid("image %q (%s) is protected: say that it may go all the same, with --protected",
				cmp.Or(marked[0].Name, q.Image), marked[0].ID)
		}
		if err != nil {
			return Image{}, err
		}
		return marked[0], nil
	})
}
