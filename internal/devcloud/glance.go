package devcloud

import (
	"bytes"
	"crypto/md5"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

type image struct {
	meta
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
	Filler     bool              `json:"filler,omitempty"` // its data are made up when asked for
	// Deleted images stay as a row: glance never gives an id out twice.
	Deleted bool `json:"deleted,omitempty"`
}

func (im *image) keys() []string { return []string{"name=" + im.Name} }

// visible says whether the caller may use the image.
func (im *image) visible(q *request) bool {
	return !im.Deleted && (q.sees(im.Project) || im.Visibility == "public" || im.Visibility == "community")
}

func (c *Cloud) glanceRoutes() []route {
	return []route{
		{"GET ^/{$}", http.StatusMultipleChoices, glanceVersions, true},
		{"GET ^/versions", http.StatusOK, glanceVersions, true},
		{"GET /images", http.StatusOK, c.listImages, false},
		{"POST /images", http.StatusCreated, c.createImage, false},
		{"GET /images/{id}", http.StatusOK, c.showImage, false},
		{"PATCH /images/{id}", http.StatusOK, c.patchImage, false},
		{"DELETE /images/{id}", http.StatusNoContent, c.deleteImage, false},
		{"PUT /images/{id}/file", http.StatusNoContent, c.uploadImage, false},
		{"GET /images/{id}/file", http.StatusOK, c.downloadImage, false},
		{"PUT /images/{id}/tags/{tag}", http.StatusNoContent, c.tagImage, false},
		{"DELETE /images/{id}/tags/{tag}", http.StatusNoContent, c.untagImage, false},
		{"GET /images/{id}/members", http.StatusOK, empty("members"), false},
		{"GET /schemas/image", http.StatusOK, imageSchema, false},
		{"GET /info/import", http.StatusOK, func(*request) (any, error) {
			return obj{"import-methods": obj{"description": "Import methods available.", "type": "array", "value": []string{}}}, nil
		}, false},
		{"GET /info/stores", http.StatusOK, func(*request) (any, error) { return obj{"stores": []obj{{"id": "files", "default": "true"}}}, nil }, false},
	}
}

func glanceVersions(q *request) (any, error) {
	items := []obj{}
	for i, v := range []string{"v2.15", "v2.13", "v2.12", "v2.11", "v2.10", "v2.9", "v2.8", "v2.7", "v2.6", "v2.5", "v2.4", "v2.3", "v2.2", "v2.1", "v2.0"} {
		status := "SUPPORTED"
		if i == 0 {
			status = "CURRENT"
		}
		items = append(items, obj{"id": v, "status": status, "links": []obj{{"rel": "self", "href": q.host() + "/image/v2/"}}})
	}
	return obj{"versions": items}, nil
}

func imageSchema(*request) (any, error) {
	props := obj{}
	for _, p := range baseProperties {
		props[p] = obj{"type": []string{"null", "string"}}
	}
	return obj{"name": "image", "properties": props, "additionalProperties": obj{"type": "string"}, "links": []obj{}}, nil
}

var baseProperties = strings.Fields(`id name status visibility protected os_hidden checksum os_hash_algo os_hash_value owner size virtual_size container_format
	disk_format created_at updated_at tags direct_url min_ram min_disk self file stores schema`)

func (im *image) view() obj {
	v := obj{}
	for k, p := range im.Properties {
		v[k] = p
	}
	maps.Copy(v, obj{"id": im.ID, "name": orNull(im.Name), "disk_format": orNull(im.Disk), "container_format": orNull(im.Container), "visibility": im.Visibility,
		"size": nil, "virtual_size": nil, "status": im.Status, "checksum": nil, "protected": im.Protected, "min_ram": im.MinRAM, "min_disk": im.MinDisk,
		"owner": im.Project, "os_hidden": im.Hidden, "os_hash_algo": nil, "os_hash_value": nil, "created_at": netTime(im.Created), "updated_at": netTime(im.Updated),
		"tags": tagsOf(&im.meta), "self": "/v2/images/" + im.ID, "file": "/v2/images/" + im.ID + "/file", "schema": "/v2/schemas/image"})
	if im.Status == "active" {
		v["size"], v["virtual_size"], v["checksum"], v["os_hash_algo"], v["os_hash_value"], v["stores"] = im.Size, im.Size, im.Checksum, "sha512", im.Hash, "files"
	}
	return v
}

func (c *Cloud) listImages(q *request) (any, error) {
	query := q.URL.Query()
	found := slices.DeleteFunc(listed(q, c.images.find(imageKeys(query)...)), func(im *image) bool {
		return !im.visible(q) || im.Visibility == "community" && !q.sees(im.Project) && query.Get("visibility") != "community" || !im.matches(query)
	})
	part, next, err := page(q, newestFirst(found), 25, 1000)
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

// imageKeys narrow a list by a plain name.
func imageKeys(query url.Values) []string {
	if name := query.Get("name"); name != "" && !strings.Contains(name, ":") {
		return []string{"name=" + name}
	}
	return nil
}

// matches compares with the filters of a list: "in:a,b" for any of several.
func (im *image) matches(query url.Values) bool {
	v := im.view()
	hidden := query.Get("os_hidden") == "true"
	for k, wants := range query {
		switch k {
		case "limit", "marker", "sort", "sort_key", "sort_dir", "os_hidden", "member_status":
			continue
		case "tag":
			if !tagged(v, "tags", wants) {
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
		if !slices.ContainsFunc(options, func(o string) bool { return equalNet(v[k], o) }) {
			return false
		}
	}
	return im.Hidden == hidden
}

func (c *Cloud) getImage(q *request, format string) (*image, error) {
	im, ok := c.images.get(q.PathValue("id"))
	if !ok || !im.visible(q) {
		return nil, fail(http.StatusNotFound, format, q.PathValue("id"))
	}
	return im, nil
}

// ownImage is getImage for changes.
func (c *Cloud) ownImage(q *request, format string) (*image, error) {
	im, err := c.getImage(q, format)
	if err == nil && !q.sees(im.Project) {
		err = fail(http.StatusForbidden, "You do not own this image")
	}
	return im, err
}

const noImage = "No image found with ID %s"

func (c *Cloud) showImage(q *request) (any, error) {
	im, err := c.getImage(q, noImage)
	if err != nil {
		return nil, err
	}
	return im.view(), nil
}

func (c *Cloud) createImage(q *request) (any, error) {
	var raw map[string]json.RawMessage
	if err := q.decode(&raw); err != nil {
		return nil, err
	}
	im := &image{meta: meta{ID: uuid.NewString(), Project: q.tok.Project, Status: "queued", Created: q.now, Updated: q.now}, Visibility: "shared"}
	for k, v := range raw {
		if err := im.set(k, v, true); err != nil {
			return nil, err
		}
	}
	if _, err := uuid.Parse(im.ID); err != nil {
		return nil, fail(http.StatusBadRequest, "Provided object does not match schema 'image': '%s' does not match the pattern of an id", im.ID)
	}
	if im.Visibility == "public" && !q.tok.Admin {
		return nil, fail(http.StatusForbidden, "You are not authorized to complete publicize_image action.")
	}
	if _, taken := c.images.get(im.ID); taken {
		return nil, fail(http.StatusConflict, "Image ID %s already exists!", im.ID)
	}
	q.made("", &im.meta, "", 0)
	c.images.put(im)
	q.header.Set("Location", q.host()+"/image/v2/images/"+im.ID)
	q.header.Set("OpenStack-image-import-methods", "glance-direct")
	return im.view(), nil
}

// set gives a property a value; those that glance does not know are free text.
func (im *image) set(name string, raw json.RawMessage, create bool) error {
	known := map[string]any{"name": &im.Name, "disk_format": &im.Disk, "container_format": &im.Container, "visibility": &im.Visibility, "min_disk": &im.MinDisk,
		"min_ram": &im.MinRAM, "protected": &im.Protected, "os_hidden": &im.Hidden, "tags": &im.Tags, "owner": &im.Project}
	if create {
		known["id"] = &im.ID
	}
	if name == "tags" {
		im.Tags = nil // Unmarshal would write into the slice at hand
	}
	into, ok := known[name]
	if !ok && slices.Contains(baseProperties, name) {
		return fail(http.StatusForbidden, "Attribute '%s' is read-only.", name)
	}
	if !ok {
		var text string
		into = &text
		defer func() {
			props := maps.Clone(im.Properties)
			if props == nil {
				props = map[string]string{}
			}
			props[name] = text
			im.Properties = props
		}()
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fail(http.StatusBadRequest, "Provided object does not match schema 'image': %s is not valid for '%s'", raw, name)
	}
	if name == "tags" {
		im.Tags = sorted(im.Tags)
	}
	return nil
}

func (c *Cloud) patchImage(q *request) (any, error) {
	im, err := c.ownImage(q, noImage)
	if err != nil {
		return nil, err
	}
	var ops []struct {
		Op    string          `json:"op"`
		Path  string          `json:"path"`
		Value json.RawMessage `json:"value"`
	}
	if err := q.decode(&ops); err != nil {
		return nil, err
	}
	for _, op := range ops {
		name := strings.NewReplacer("~1", "/", "~0", "~").Replace(strings.TrimPrefix(op.Path, "/"))
		if op.Op == "remove" {
			if _, ok := im.Properties[name]; !ok {
				return nil, fail(http.StatusConflict, "Property %s does not exist.", name)
			}
			props := maps.Clone(im.Properties)
			delete(props, name)
			im.Properties = props
			continue
		}
		if err := im.set(name, op.Value, false); err != nil {
			return nil, err
		}
	}
	im.Updated = q.now
	c.images.put(im)
	return im.view(), nil
}

func (c *Cloud) deleteImage(q *request) (any, error) {
	im, err := c.ownImage(q, "Failed to find image %s to delete")
	if err != nil {
		return nil, err
	}
	if im.Protected {
		return nil, fail(http.StatusForbidden, "Image %s is protected and cannot be deleted.", im.ID)
	}
	im.Deleted, im.Data, im.Status = true, nil, "deleted"
	c.images.put(im)
	return nil, nil
}

func (c *Cloud) uploadImage(q *request) (any, error) {
	im, err := c.ownImage(q, noImage)
	if err != nil {
		return nil, err
	}
	if im.Status != "queued" {
		return nil, fail(http.StatusConflict, "Image status transition from %s to saving is not allowed", im.Status)
	}
	if im.Disk == "" || im.Container == "" {
		return nil, fail(http.StatusBadRequest, "Properties disk_format, container_format must be set prior to saving data.")
	}
	im.fill(q.raw, q.now)
	c.images.put(im)
	return nil, nil
}

// fill gives the image its data.
func (im *image) fill(data []byte, now time.Time) {
	sum, hash := md5.Sum(data), sha512.Sum512(data)
	im.Data, im.Size, im.Checksum, im.Hash = data, int64(len(data)), hex.EncodeToString(sum[:]), hex.EncodeToString(hash[:])
	im.Status, im.Updated = "active", now
}

// filler is what images of the start content hold: too dull to be stored.
func filler(size int64) []byte {
	return append([]byte("devcloud tiny image\n"), bytes.Repeat([]byte{0}, int(size)-len("devcloud tiny image\n"))...)
}

func (c *Cloud) downloadImage(q *request) (any, error) {
	im, err := c.getImage(q, noImage)
	if err != nil {
		return nil, err
	}
	if im.Status != "active" {
		q.status = http.StatusNoContent
		return nil, nil
	}
	q.header.Set("Content-MD5", im.Checksum)
	if im.Filler {
		return filler(im.Size), nil
	}
	return im.Data, nil
}

func (c *Cloud) tagImage(q *request) (any, error) {
	im, err := c.ownImage(q, noImage)
	if err != nil {
		return nil, err
	}
	im.Tags, im.Updated = sorted(append(slices.Clone(im.Tags), q.PathValue("tag"))), q.now
	c.images.put(im)
	return nil, nil
}

func (c *Cloud) untagImage(q *request) (any, error) {
	im, err := c.ownImage(q, noImage)
	if err != nil {
		return nil, err
	}
	i := slices.Index(im.Tags, q.PathValue("tag"))
	if i < 0 {
		return nil, noTag(q.PathValue("tag"))
	}
	im.Tags, im.Updated = slices.Delete(slices.Clone(im.Tags), i, i+1), q.now
	c.images.put(im)
	return nil, nil
}
