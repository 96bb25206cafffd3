package resource

import (
	"fmt"

	"novaflow/activities/internal/cloud"
)

// RefuseForeign refuses what belongs to another project, with an error of type
// InvalidRequest. Clouds show such resources by id to administrators, and let them
// change them. A run must not: the owner's runs are called by another name for the
// cloud, so neither would keep the other away. Moves of servers and the purge of a
// project, which are for administrators, lock under the owner's names instead.
func RefuseForeign(c *cloud.Client, o OwnedObject) error {
	if why := DescribeForeign(c, o); why != "" {
		return cloud.Invalid("%s", why)
	}
	return nil
}

// DescribeForeign says that a resource belongs to another project, or "".
func DescribeForeign(c *cloud.Client, o OwnedObject) string {
	if !IsForeign(o.Project, c.Project) {
		return ""
	}
	return fmt.Sprintf("%s belongs to project %s, and cloud %q is for project %s: ask with a cloud entry of its own "+
		"project, so that the runs of its owner are kept away",
		Describe(o.Kind, o.Name, o.ID), o.Project, c.Name, c.Project)
}

// IsForeign reports whether a project is another than our own, where both are known.
func IsForeign(project, own string) bool { return project != "" && own != "" && project != own }
