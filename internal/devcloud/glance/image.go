package glance

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

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
		im.sharedWith(q.Token.Project))
}

// listed reports whether lists show the image to the caller. Community images are shown
// only on request, as anybody can create them.
func (im *Image) listed(q *api.Request, visibility string) bool {
	return im.Visible(q) && (q.Sees(im.Project) || im.Visibility == "public" ||
		im.Visibility == "community" && visibility == "community")
}

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
		maps.Copy(v, obj{
			"size": im.Size, "virtual_size": im.Size, "checksum": im.Checksum, "os_hash_algo": "sha512",
			"os_hash_value": im.Hash, "stores": "files",
		})
	}
	return v
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
