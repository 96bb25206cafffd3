// Package glance exists so that servers and volumes have images: it is the image API (v2).
//
// It may import store, api and keystone.
package glance

import (
	"maps"
	"net/http"
	"net/url"
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

// Image is a row of glance.
type Image struct {
	store.Meta
	Visibility string            `json:"visibility"`
	Disk       string            `json:"disk_format,omitempty"`
	Container  string            `json:"container_format,omitempty"`
	MinDisk    int               `json:"min_disk,omitempty"` // GiB
	MinRAM     int               `json:"min_ram,omitempty"`  // MiB
	Protected  bool              `json:"protected,omitempty"`
	Hidden     bool              `json:"os_hidden,omitempty"`
	Size       int64             `json:"size,omitempty"` // bytes
	Checksum   string            `json:"checksum,omitempty"`
	Hash       string            `json:"hash,omitempty"`
	Properties map[string]string `json:"properties,omitempty"`
	Data       []byte            `json:"data,omitempty"`
	Filler     bool              `json:"filler,omitempty"` // its data are generated when it is downloaded
	Members    []imageMember     `json:"members,omitempty"`
	// Deleted images stay as a row: glance never uses an id twice.
	Deleted bool `json:"deleted,omitempty"`
}

// Keys implements store.Object.
func (im *Image) Keys() []string { return []string{"name=" + im.Name} }

// Visible reports whether the caller may use the image.
func (im *Image) Visible(q *api.Request) bool {
	return !im.Deleted && (q.Sees(im.Project) || im.Visibility == "public" || im.Visibility == "community" ||
		im.sharedWith(q.Tok.Project))
}

// listed reports whether lists show the image to the caller. Community images are shown
// only on request, as anybody can create them.
func (im *Image) listed(q *api.Request, visibility string) bool {
	return im.Visible(q) && (q.Sees(im.Project) || im.Visibility == "public" ||
		im.Visibility == "community" && visibility == "community")
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

// imageEnums are the values that some properties are confined to.
var imageEnums = map[string][]string{
	"disk_format":      strings.Fields("ami ari aki vhd vhdx vmdk raw qcow2 vdi iso ploop"),
	"container_format": strings.Fields("ami ari aki bare ovf ova docker compressed"),
	"visibility":       strings.Fields("community public private shared"),
}

var baseProperties = strings.Fields(`
	id name status visibility protected os_hidden checksum os_hash_algo os_hash_value owner size
	virtual_size container_format disk_format created_at updated_at tags direct_url min_ram min_disk
	self file stores schema`)

func (im *Image) view() obj {
	v := obj{}
	for k, p := range im.Properties {
		v[k] = p
	}
	maps.Copy(v, obj{"id": im.ID, "name": api.OrNull(im.Name), "disk_format": api.OrNull(im.Disk),
		"container_format": api.OrNull(im.Container), "visibility": im.Visibility, "size": nil, "virtual_size": nil,
		"status": im.Status, "checksum": nil, "protected": im.Protected, "min_ram": im.MinRAM, "min_disk": im.MinDisk,
		"owner": im.Project, "os_hidden": im.Hidden, "os_hash_algo": nil, "os_hash_value": nil,
		"created_at": api.NetTime(im.Created), "updated_at": api.NetTime(im.Updated), "tags": api.TagsOf(&im.Meta),
		"self": "/v2/images/" + im.ID, "file": "/v2/images/" + im.ID + "/file", "schema": "/v2/schemas/image"})
	if im.Status == "active" {
		v["size"] = im.Size
		v["virtual_size"] = im.Size
		v["checksum"] = im.Checksum
		v["os_hash_algo"] = "sha512"
		v["os_hash_value"] = im.Hash
		v["stores"] = "files"
	}
	return v
}

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

// imageKeys returns the index key of a plain name.
func imageKeys(query url.Values) []string {
	if name := query.Get("name"); name != "" && !strings.Contains(name, ":") {
		return []string{"name=" + name}
	}
	return nil
}

// matches reports whether the image passes the filters of a list: "in:a,b" stands for any
// of several values.
func (im *Image) matches(query url.Values) bool {
	v := im.view()
	hidden := query.Get("os_hidden") == "true"
	for k, wants := range query {
		switch k {
		case "limit", "marker", "sort", "sort_key", "sort_dir", "os_hidden", "member_status":
			continue
		case "tag":
			if !api.HasTags(v, "tags", wants) {
				return false
			}
			continue
		}
		want := wants[0]
		if k == "visibility" && want == "all" {
			continue
		}
		any, isList := strings.CutPrefix(want, "in:")
		options := []string{want}
		if isList {
			options = strings.Split(strings.ReplaceAll(any, `"`, ""), ",")
		}
		if !slices.ContainsFunc(options, func(o string) bool { return api.EqualsQuery(v[k], o) }) {
			return false
		}
	}
	return im.Hidden == hidden
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
