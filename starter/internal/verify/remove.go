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
		text += fmt.Sprintf("novaflow: nothing was removed: residue younger than %[2]s: %[1]d; give --older-than\n",
			young, olderThan)
	}
	if ageless > 0 {
		text += fmt.Sprintf("novaflow: residue of unknown age is not removed: %d; delete it by hand\n", ageless)
	}
	return text
}
