package spec

import "strings"

// WorkflowID returns the id of every workflow that changes a resource: the engine lets
// only one run of an id be open. The kind is the CLI's noun, such as server. The name is
// the resource's, or its id if it has no name.
func WorkflowID(kind, cloud, name string) string {
	return strings.Join([]string{kind, cloud, name}, ":")
}

// ServerWorkflowID returns the [WorkflowID] of a server.
func ServerWorkflowID(cloud, name string) string { return WorkflowID("server", cloud, name) }

// VolumeWorkflowID returns the [WorkflowID] of a volume.
func VolumeWorkflowID(cloud, name string) string { return WorkflowID("volume", cloud, name) }

// NetworkWorkflowID returns the [WorkflowID] of a network.
func NetworkWorkflowID(cloud, name string) string { return WorkflowID("network", cloud, name) }

// ImageWorkflowID returns the [WorkflowID] of an image.
func ImageWorkflowID(cloud, name string) string { return WorkflowID("image", cloud, name) }

// ProjectWorkflowID returns the [WorkflowID] of a project.
func ProjectWorkflowID(cloud, name string) string { return WorkflowID("project", cloud, name) }
