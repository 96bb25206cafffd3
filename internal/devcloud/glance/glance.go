// Package glance exists so that servers and volumes have images: it is the image API
// (v2).
//
// It may import store, api and keystone.
package glance

import (
	"net/http"
	"slices"
	"strings"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// obj is an object of JSON.
type obj = map[string]any

// Glance serves the image API.
type Glance struct {
	*store.Store
	Images *store.Table[*Image]
}

// New returns glance with its table in the store.
func New(s *store.Store) *Glance {
	c := &Glance{Store: s, Images: store.NewTable(s, "image", func() *Image { return &Image{} })}
	s.OnDue("image", c.ripenImage)
	return c
}

// Routes lists the calls of glance.
func (c *Glance) Routes() []api.Route {
	return []api.Route{
		api.OpenRoute("GET ^/{$}", http.StatusMultipleChoices, listVersions),
		api.OpenRoute("GET ^/versions", http.StatusOK, listVersions),
		api.NewRoute("GET /images", http.StatusOK, c.listImages),
		api.NewRoute("POST /images", http.StatusCreated, c.createImage),
		api.NewRoute("GET /images/{id}", http.StatusOK, c.showImage),
		api.NewRoute("PATCH /images/{id}", http.StatusOK, c.patchImage),
		api.NewRoute("DELETE /images/{id}", http.StatusNoContent, c.deleteImage),
		api.NewRoute("PUT /images/{id}/file", http.StatusNoContent, c.endUpload).BeginningWith(c.beginUpload),
		api.NewRoute("GET /images/{id}/file", http.StatusOK, c.downloadImage),
		api.NewRoute("PUT /images/{id}/tags/{tag}", http.StatusNoContent, c.tagImage),
		api.NewRoute("DELETE /images/{id}/tags/{tag}", http.StatusNoContent, c.untagImage),
		api.NewRoute("GET /images/{id}/members", http.StatusOK, c.listImageMembers),
		api.NewRoute("POST /images/{id}/members", http.StatusOK, c.addImageMember),
		api.NewRoute("GET /images/{id}/members/{member}", http.StatusOK, c.showImageMember),
		api.NewRoute("DELETE /images/{id}/members/{member}", http.StatusNoContent, c.removeImageMember),
		api.NewRoute("GET /schemas/image", http.StatusOK, imageSchema),
		api.NewRoute("GET /info/import", http.StatusOK, importMethods),
		api.NewRoute("GET /info/usage", http.StatusOK, c.imageUsage),
		api.NewRoute("GET /info/stores", http.StatusOK, imageStores),
	}
}

func listVersions(q *api.Request) (any, error) {
	items := []obj{}
	for i, v := range []string{"v2.15", "v2.13", "v2.12", "v2.11", "v2.10", "v2.9", "v2.8", "v2.7", "v2.6", "v2.5",
		"v2.4", "v2.3", "v2.2", "v2.1", "v2.0"} {
		status := "SUPPORTED"
		if i == 0 {
			status = "CURRENT"
		}
		items = append(items, obj{"id": v, "status": status,
			"links": []obj{{"rel": "self", "href": q.BaseURL() + "/image/v2/"}}})
	}
	return obj{"versions": items}, nil
}

func importMethods(*api.Request) (any, error) {
	return obj{"import-methods": obj{"description": "Import methods available.", "type": "array", "value": []string{}}},
		nil
}

func imageStores(*api.Request) (any, error) {
	return obj{"stores": []obj{{"id": "files", "default": "true"}}}, nil
}

func imageSchema(*api.Request) (any, error) {
	props := obj{}
	for _, p := range baseProperties {
		props[p] = obj{"type": []string{"null", "string"}}
	}
	for name, values := range imageEnums {
		all := []any{}
		if name != "visibility" {
			all = append(all, nil)
		}
		for _, v := range values {
			all = append(all, v)
		}
		props[name] = obj{"type": []string{"null", "string"}, "enum": all}
	}
	return obj{"name": "image", "properties": props, "additionalProperties": obj{"type": "string"}, "links": []obj{}},
		nil
}

// imageEnums are the allowed values of some properties.
var imageEnums = map[string][]string{
	"disk_format":      strings.Fields("ami ari aki vhd vhdx vmdk raw qcow2 vdi iso ploop"),
	"container_format": strings.Fields("ami ari aki bare ovf ova docker compressed"),
	"visibility":       strings.Fields("community public private shared"),
}

var baseProperties = strings.Fields(`
	id name status visibility protected os_hidden checksum os_hash_algo os_hash_value owner size
	virtual_size container_format disk_format created_at updated_at tags direct_url min_ram min_disk
	self file stores schema`)

func (c *Glance) listImages(q *api.Request) (any, error) {
	query := q.URL.Query()
	found := slices.DeleteFunc(api.Listed(q, c.Images.Find(imageKeys(query)...)), func(im *Image) bool {
		return !im.listed(q, query.Get("visibility")) || !im.matches(query)
	})
	part, next, err := api.Page(q, api.InOrder(q, found), 25, 1000,
		func(id string) error { return api.Fail(http.StatusBadRequest, noImage, id) })
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, im := range part {
		items = append(items, im.view())
	}
	self := "/v2/images"
	if q.URL.RawQuery != "" {
		self += "?" + q.URL.RawQuery
	}
	body := obj{"images": items, "first": self, "schema": "/v2/schemas/images"}
	if next != "" {
		_, query, _ := strings.Cut(next, "?")
		body["next"] = "/v2/images?" + query
	}
	return body, nil
}

// getImage gets the image of the path if the caller may use it. format is the message if
// not.
func (c *Glance) getImage(q *api.Request, format string) (*Image, error) {
	im, ok := c.Images.Get(q.PathValue("id"))
	if !ok || !im.Visible(q) {
		return nil, api.Fail(http.StatusNotFound, format, q.PathValue("id"))
	}
	return im, nil
}

// ownImage gets the image of the path if the caller may change it.
func (c *Glance) ownImage(q *api.Request, format string) (*Image, error) {
	im, err := c.getImage(q, format)
	if err == nil && !q.Sees(im.Project) {
		err = api.Fail(http.StatusForbidden, "You do not own this image")
	}
	return im, err
}

const noImage = "No image found with ID %s"

func (c *Glance) showImage(q *api.Request) (any, error) {
	im, err := c.getImage(q, noImage)
	if err != nil {
		return nil, err
	}
	return im.view(), nil
}
