package resource

import (
	"slices"
	"time"

	"novaflow/activities/internal/cloud"
	"novaflow/saga"
)

// Metadata keys that carry the mark where a service has metadata.
const (
	MarkKey = "novaflow_mark"
	RunKey  = "novaflow_run"
)

// OwnedObject is what everything that a run creates has in common.
type OwnedObject struct {
	Cloud  string    `json:"cloud"`
	Kind   string    `json:"kind"` // one of the Kind constants
	ID     string    `json:"id"`
	Name   string    `json:"name,omitempty"`
	Status string    `json:"status,omitempty"` // as the cloud had it when it was last looked at
	Mark   saga.Mark `json:"mark,omitempty"`   // "" if it carries none
	// Created is when the cloud created it; zero if the cloud does not say.
	Created time.Time `json:"created,omitzero"`
	// Project is the id of the project that has it, if the cloud says so. It is for
	// the caller that has just read the resource, and is not kept.
	Project string `json:"-"`
	// Text is what stands in the description, the only place that neutron has for a
	// mark, if that is none. It is not kept.
	Text string `json:"-"`
	// User is what has a port, see deviceUser, or the port that a floating IP points
	// to. It is for the caller that has just read the resource, and is not kept.
	User string `json:"-"`
	cloud.Answered
}

// Kinds of objects, in OpenStack's words.
const (
	KindServer            = "server"
	KindVolume            = "volume"
	KindPort              = "port"
	KindFloatingIP        = "floating IP"
	KindSecurityGroup     = "security group"
	KindSecurityGroupRule = "security group rule"
	KindServerGroup       = "server group"
	KindKeyPair           = "key pair"
	KindNetwork           = "network"
	KindSubnet            = "subnet"
	KindRouter            = "router"
	KindRouterInterface   = "router interface"
	KindSnapshot          = "snapshot" // of a volume
	KindProject           = "project"
	KindImage             = "image"
)

// ResourceID returns the id under which the cloud knows the object.
func (o OwnedObject) ResourceID() string { return o.ID }

func (o OwnedObject) Object() OwnedObject { return o }

// MarkMetadata returns the metadata with which nova and cinder keep a mark.
func MarkMetadata(m saga.Mark) map[string]string {
	return map[string]string{MarkKey: string(m), RunKey: m.Run()}
}

// ParseMark returns the mark in a text that might as well be a person's, or "".
func ParseMark(text string) saga.Mark {
	if m, ok := saga.ParseMark(text); ok {
		return m
	}
	return ""
}

// ParseText returns a text that is not a mark, or "".
func ParseText(text string) string {
	if ParseMark(text) != "" {
		return ""
	}
	return text
}

// wantsMark reports whether a resource with mark has belongs into a search for mark
// want; the empty mark searches for everything that is marked at all.
func wantsMark(want, has saga.Mark) bool {
	if want == "" {
		return has != ""
	}
	return has == want
}

// KeepMarked keeps what carries the mark: the cloud's own filter is not trusted.
func KeepMarked[T Resource](m saga.Mark, all []T) []T {
	return slices.DeleteFunc(all, func(v T) bool { return !wantsMark(m, v.Object().Mark) })
}
