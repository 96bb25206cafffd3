package image

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"novaflow/activities/glance"
	"novaflow/workflows/spec"
)

// PublishSpec is the request of Publish. The data come from a file or from an address.
type PublishSpec struct {
	spec.RunOptions
	Name string `json:"name"` // one image of this name per project

	// path below the workers' folder for images; or
	File string `json:"file,omitempty"`
	// http or https, without secrets: it is kept in the history
	URL string `json:"url,omitempty"`
	// that the data must have: md5, sha256 or sha512, a colon, hexadecimal
	Checksum glance.Checksum `json:"checksum,omitempty"`

	DiskFormat      string `json:"diskFormat"`                // such as qcow2 or raw
	ContainerFormat string `json:"containerFormat,omitempty"` // "" is bare
	// private, shared, community or public; "" is shared with members, else private
	Visibility string            `json:"visibility,omitempty"`
	Protected  bool              `json:"protected,omitempty"` // it cannot be deleted by mistake
	MinDisk    int               `json:"minDisk,omitempty"`   // GiB that a flavor must have
	MinRAM     int               `json:"minRam,omitempty"`    // MiB that a flavor must have
	Properties map[string]string `json:"properties,omitempty"`
	// projects to share with, by id, or by name where you may look them up
	Members []string `json:"members,omitempty"`
}

// Request returns what every request for a new resource has, to be filled in.
func (s *PublishSpec) Request() (*spec.RunOptions, *string) { return &s.RunOptions, &s.Name }

// source returns where the data come from.
func (s PublishSpec) source() glance.ImageSource {
	return glance.ImageSource{File: s.File, URL: s.URL}
}

// containerFormat returns the format, given or not.
func (s PublishSpec) containerFormat() string { return cmp.Or(s.ContainerFormat, "bare") }

// visibility returns the visibility, given or not.
func (s PublishSpec) visibility() string {
	if s.Visibility == "" && len(s.Members) > 0 {
		return "shared"
	}
	return cmp.Or(s.Visibility, "private")
}

// query returns what the cloud is asked before anything is created.
func (s PublishSpec) query(run string) glance.ImageQuery {
	return glance.ImageQuery{
		Cloud: s.Cloud, Run: run, Name: s.Name, From: s.source(), DiskFormat: s.DiskFormat,
		ContainerFormat: s.containerFormat(), Members: s.Members,
	}
}

// imageInput returns what glance is asked for.
func (s PublishSpec) imageInput() glance.CreateImageInput {
	return glance.CreateImageInput{
		Cloud: s.Cloud, Name: s.Name, DiskFormat: s.DiskFormat, ContainerFormat: s.containerFormat(),
		MinDiskGiB: s.MinDisk, MinRAMMiB: s.MinRAM, Properties: s.Properties, Public: s.Visibility == "public",
	}
}

// Image is the result of Publish.
type Image struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Status     string   `json:"status"`
	SizeBytes  int64    `json:"sizeBytes"`
	HashAlgo   string   `json:"hashAlgo,omitempty"` // such as sha512
	Hash       string   `json:"hash,omitempty"`     // hexadecimal
	Visibility string   `json:"visibility"`
	Protected  bool     `json:"protected,omitempty"`
	Members    []string `json:"members,omitempty"` // ids of projects
}

// Validate returns everything that is wrong with the request and can be seen without a
// cloud, joined, or nil.
func (s PublishSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "name", s.Name)
		spec.CheckName(bad, s.Name)
		s.checkSource(bad)
		spec.Require(bad, "disk format", s.DiskFormat)
		if s.MinDisk != 0 {
			spec.CheckSize(bad, "min disk", s.MinDisk)
		}
		if s.MinRAM < 0 || s.MinRAM > mostMiB {
			bad("min ram: %d MiB is no size", s.MinRAM)
		}
		s.checkProperties(bad)
		s.checkSharing(bad)
	})
}

// mostMiB is glance's limit: it keeps the number in 32 bits.
const mostMiB = 1<<31 - 1

// checkSource reports what is wrong with where the data come from.
func (s PublishSpec) checkSource(bad spec.Report) {
	switch {
	case (s.File == "") == (s.URL == ""):
		bad("file, url: give one of them")
	case s.URL != "":
		if problem := glance.URLProblem(s.URL); problem != "" {
			bad("url: %s", problem)
		}
	case !filepath.IsLocal(s.File):
		bad("file: %q is no path below the workers' folder for images", s.File)
	}
	if problem := s.Checksum.Problem(); problem != "" {
		bad("checksum: %s", problem)
	}
}

// glanceOwn lists the names that glance gives to what it knows of every image, or keeps
// for itself. It takes some of them for properties all the same, and the property then
// hides what glance knows.
var glanceOwn = strings.Fields(`id name status visibility protected os_hidden checksum os_hash_algo os_hash_value
	owner size virtual_size container_format disk_format created_at updated_at tags direct_url locations min_ram
	min_disk self file stores schema first next limit marker deleted deleted_at members`)

// maxProperties is glance's limit by default (image_property_quota), less what novaflow
// adds.
const maxProperties = 120

// checkProperties reports properties that glance refuses or keeps for itself.
func (s PublishSpec) checkProperties(bad spec.Report) {
	if len(s.Properties) > maxProperties {
		bad("properties: %d are more than %d", len(s.Properties), maxProperties)
	}
	for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
		switch value := s.Properties[key]; {
		case key == "" || len(key) > 255:
			bad("property %q: the name must have 1 to 255 bytes", key)
		case slices.Contains(glanceOwn, key) || strings.HasPrefix(key, "os_glance_"):
			bad("property %q: glance keeps this name for itself", key)
		case strings.HasPrefix(key, "novaflow_"):
			bad("property %q: novaflow keeps names that begin so for its marks", key)
		case len(value) > 1<<16-1:
			bad("property %q: the value is longer than 64 KiB", key)
		}
	}
}

// maxMembers is glance's limit by default (image_member_quota).
const maxMembers = 128

// checkSharing reports what is wrong with visibility and members.
func (s PublishSpec) checkSharing(bad spec.Report) {
	known := []string{"private", "shared", "community", "public"}
	switch {
	case s.Visibility != "" && !slices.Contains(known, s.Visibility):
		bad("visibility: %q is not %s", s.Visibility, strings.Join(known, ", "))
	case len(s.Members) > 0 && s.visibility() != "shared":
		bad("members: only an image that is shared has some, and not one that is %s", s.Visibility)
	}
	if len(s.Members) > maxMembers {
		bad("members: %d are more than %d", len(s.Members), maxMembers)
	}
	for i, m := range s.Members {
		spec.Require(bad, fmt.Sprintf("member %d", i), m)
		if slices.Contains(s.Members[:i], m) {
			bad("member %d: %q is there twice", i, m)
		}
	}
}
