package activities

import (
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
)

// UndoOptions are the options of every undo, for runs that revert other runs: see
// saga.RegisterRevert.
var UndoOptions = task.DeleteOptions

// Clouds gives access to the clouds of a clouds.yaml by name.
type Clouds = cloud.Clouds

// NewClouds reads clouds.yaml where every OpenStack tool does, each time that a cloud is
// opened. The given files are looked at first; those that do not exist are passed over.
func NewClouds(files ...string) *Clouds { return cloud.NewClouds(files...) }

// ImageSources say what a worker may read the data of images from.
type ImageSources = cloud.ImageSources

// Class says what a failed call to the cloud means for the caller. It is the type of the
// application errors that leave activities.
type Class = cloud.Class

// The classes of errors.
const (
	Terminal  = cloud.Terminal
	Transient = cloud.Transient
	Ambiguous = cloud.Ambiguous
	Gone      = cloud.Gone
	Conflict  = cloud.Conflict
	Quota     = cloud.Quota
)

// Types of application errors that are results rather than failed calls.
const (
	InvalidRequest = cloud.InvalidRequest
	ServerError    = cloud.ServerError
	VolumeError    = cloud.VolumeError
	NotReady       = cloud.NotReady
	ImageError     = cloud.ImageError
)

// Nearest returns the known name that a misspelt one probably means, or "".
func Nearest(name string, known []string) string { return cloud.Nearest(name, known) }

// How activities heartbeat: see the options of a worker.
const (
	HeartbeatTimeout  = task.HeartbeatTimeout
	HeartbeatThrottle = task.HeartbeatThrottle
)

// OwnedObject is what everything that a run creates has in common.
type OwnedObject = resource.OwnedObject

// Removed is the result of a removal.
type Removed = resource.Removed

// Kinds of objects, in OpenStack's words.
const (
	KindServer            = resource.KindServer
	KindVolume            = resource.KindVolume
	KindPort              = resource.KindPort
	KindFloatingIP        = resource.KindFloatingIP
	KindSecurityGroup     = resource.KindSecurityGroup
	KindSecurityGroupRule = resource.KindSecurityGroupRule
	KindServerGroup       = resource.KindServerGroup
	KindKeyPair           = resource.KindKeyPair
	KindNetwork           = resource.KindNetwork
	KindSubnet            = resource.KindSubnet
	KindRouter            = resource.KindRouter
	KindRouterInterface   = resource.KindRouterInterface
	KindSnapshot          = resource.KindSnapshot
	KindProject           = resource.KindProject
	KindImage             = resource.KindImage
)

// LooksLikeID reports whether a word has the form of an id of OpenStack's. It may be a
// name all the same.
func LooksLikeID(word string) bool { return resource.LooksLikeID(word) }
