package activities

import "fmt"

// refuseForeign refuses what belongs to another project, with an error of type
// InvalidRequest. Clouds show such things by id to administrators, and let them
// change them. A run must not: the owner's runs are called by another name for the
// cloud, so neither would keep the other away. Moves of servers and the purge of a
// project, which are for administrators, lock under the owner's names instead.
func refuseForeign(c *client, o OwnedObject) error {
	if why := foreign(c, o); why != "" {
		return invalid("%s", why)
	}
	return nil
}

// foreign says that a thing belongs to another project, or "".
func foreign(c *client, o OwnedObject) string {
	if !isForeign(o.Project, c.project) {
		return ""
	}
	return fmt.Sprintf("%s belongs to project %s, and cloud %q is for project %s: ask with a cloud entry of its own project, so that the runs of its owner are kept away",
		named(o.Kind, o.Name, o.ID), o.Project, c.name, c.project)
}

// isForeign reports whether a project is another than our own, where both are told.
func isForeign(project, own string) bool { return project != "" && own != "" && project != own }

// ofProject is a thing that was chosen, or nil with a problem noted if it belongs to
// another project.
func ofProject[T made](p *Problems, c *client, chosen *T) *T {
	if chosen == nil {
		return nil
	}
	if why := foreign(c, (*chosen).object()); why != "" {
		p.Add("%s", why)
		return nil
	}
	return chosen
}
