package workflows

import (
	"errors"
	"fmt"

	"novaflow/activities/cinder"
)

// VolumeCreateSpec is the input of VolumeCreate. Images, snapshots and types are
// given by name or id.
type VolumeCreateSpec struct {
	RunOptions
	Name             string `json:"name"`               // one volume of this name per project
	Size             int    `json:"size,omitempty"`     // GiB; 0 is that of the snapshot
	Image            string `json:"image,omitempty"`    // made from it; else from the snapshot, else blank
	Snapshot         string `json:"snapshot,omitempty"` // of a volume
	Type             string `json:"type,omitempty"`     // "": the cloud's default
	AvailabilityZone string `json:"availabilityZone,omitempty"`
}

// Request gives access to what every request for a new resource has.
func (s *VolumeCreateSpec) Request() (*RunOptions, *string) { return &s.RunOptions, &s.Name }

// VolumeDeleteSpec is the input of VolumeDelete.
type VolumeDeleteSpec struct {
	RunOptions
	Volume string `json:"volume"`          // name or id
	Purge  bool   `json:"purge,omitempty"` // its snapshots too
}

// VolumeExtendSpec is the input of VolumeExtend.
type VolumeExtendSpec struct {
	RunOptions
	Volume string `json:"volume"` // name or id
	Size   int    `json:"size"`   // GiB; what it has already changes nothing
}

// VolumeSnapshotSpec is the input of VolumeSnapshot.
type VolumeSnapshotSpec struct {
	RunOptions
	Volume      string `json:"volume"` // name or id
	Name        string `json:"name"`   // of the snapshot
	Description string `json:"description,omitempty"`
	Force       bool   `json:"force,omitempty"` // also of a volume that is in use
}

// VolumeRestoreSpec is the input of VolumeRestore.
type VolumeRestoreSpec struct {
	RunOptions
	Volume   string `json:"volume"`   // name or id
	Snapshot string `json:"snapshot"` // name or id; its latest
}

// Volume is the result of the flows that make or change a volume.
type Volume struct {
	ID      string   `json:"id"`
	Name    string   `json:"name,omitempty"`
	Size    int      `json:"size"` // GiB
	Status  string   `json:"status"`
	Servers []string `json:"servers,omitempty"` // ids of the servers that have it
}

func toVolume(v cinder.Volume) Volume {
	return Volume{ID: v.ID, Name: v.Name, Size: v.SizeGiB, Status: v.Status, Servers: v.Servers}
}

// SnapshotOfVolume is the result of VolumeSnapshot.
type SnapshotOfVolume struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Volume string `json:"volume"` // id
	Size   int    `json:"size"`   // GiB
	Status string `json:"status"`
}

// VolumeWorkflowID is the [WorkflowID] of a volume.
func VolumeWorkflowID(cloud, name string) string { return WorkflowID("volume", cloud, name) }

// mostGiB is more than any cloud has, and keeps sums from running over.
const mostGiB = 1 << 30

func checkSize(bad report, field string, gib int) {
	if gib < 1 || gib > mostGiB {
		bad("%s: %d GiB is no size", field, gib)
	}
}

// validation collects the problems of a spec.
func validation(check func(bad report)) error {
	var problems []error
	check(func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) })
	return errors.Join(problems...)
}

// Validate returns everything that is wrong with the spec and can be seen
// without a cloud, joined, or nil.
func (s VolumeCreateSpec) Validate() error {
	return validation(func(bad report) {
		s.RunOptions.validate(bad)
		required(bad, "name", s.Name)
		checkName(bad, s.Name)
		switch {
		case s.Image != "" && s.Snapshot != "":
			bad("image, snapshot: a volume is made from one of them, or from neither")
		case s.Size == 0 && s.Snapshot == "":
			bad("size: missing; only a volume that is made from a snapshot has one without being told")
		case s.Size != 0:
			checkSize(bad, "size", s.Size)
		}
	})
}

// Validate does for a delete what it does for a create.
func (s VolumeDeleteSpec) Validate() error {
	return validation(func(bad report) {
		s.validateForward(bad)
		required(bad, "volume", s.Volume)
	})
}

// Validate does for an extension what it does for a create.
func (s VolumeExtendSpec) Validate() error {
	return validation(func(bad report) {
		s.RunOptions.validate(bad)
		required(bad, "volume", s.Volume)
		checkSize(bad, "size", s.Size)
	})
}

// Validate does for a snapshot what it does for a create.
func (s VolumeSnapshotSpec) Validate() error {
	return validation(func(bad report) {
		s.RunOptions.validate(bad)
		required(bad, "volume", s.Volume)
		required(bad, "name", s.Name)
		checkName(bad, s.Name)
		if len(s.Description) > maxName {
			bad("description: longer than %d bytes", maxName)
		}
	})
}

// Validate does for a restore what it does for a create.
func (s VolumeRestoreSpec) Validate() error {
	return validation(func(bad report) {
		s.RunOptions.validate(bad)
		required(bad, "volume", s.Volume)
		required(bad, "snapshot", s.Snapshot)
	})
}
