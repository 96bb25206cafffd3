package verify

import (
	"fmt"
	"time"

	"novaflow/activities"
)

// listDeletable lists the findings that may be deleted: residue that is old enough.
func listDeletable(findings []finding, before time.Time) (objects []activities.OwnedObject) {
	for _, f := range findings {
		if f.What == isResidue && !f.Created.IsZero() && f.Created.Before(before) {
			objects = append(objects, f.OwnedObject)
		}
	}
	return objects
}

// describeSpared explains why residue stays when none of it may be deleted.
func describeSpared(findings []finding, olderThan time.Duration) string {
	young, ageless := 0, 0
	for _, f := range findings {
		switch {
		case f.What != isResidue:
		case f.Created.IsZero():
			ageless++
		default:
			young++
		}
	}
	text := ""
	if young > 0 {
		text += fmt.Sprintf("novaflow: nothing was removed: %d of it was made less than %s ago; give --older-than\n", young, olderThan)
	}
	if ageless > 0 {
		text += fmt.Sprintf("novaflow: %d of it has no age that could be told, and is not removed: delete it by hand\n", ageless)
	}
	return text
}
