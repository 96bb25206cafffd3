package spec

import (
	"strings"
)

// WorkflowID is the id of every workflow that changes a resource, so that the
// engine lets only one run change it at a time. The kind is the CLI's noun, such
// as server; the name is the resource's, or its id where it has no name.
func WorkflowID(kind, cloud, name string) string {
	return strings.Join([]string{kind, cloud, name}, ":")
}

// ServerWorkflowID is the [WorkflowID] of a server.
func ServerWorkflowID(cloud, name string) string { return WorkflowID("server", cloud, name) }

// VolumeWorkflowID is the [WorkflowID] of a volume.
func VolumeWorkflowID(cloud, name string) string { return WorkflowID("volume", cloud, name) }

// NetworkWorkflowID is the id of every workflow that changes a network.
func NetworkWorkflowID(cloud, name string) string { return WorkflowID("network", cloud, name) }

// ImageWorkflowID is the [WorkflowID] of an image.
func ImageWorkflowID(cloud, name string) string { return WorkflowID("image", cloud, name) }

// ProjectWorkflowID is the id of every workflow that changes a project.
func ProjectWorkflowID(cloud, name string) string { return WorkflowID("project", cloud, name) }
