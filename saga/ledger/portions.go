package ledger

import (
	"encoding/json"
	"slices"
)

const (
	// portionBytes is how much of a ledger is given to one run of [RevertName]. The
	// engine refuses an input of 2 MiB.
	portionBytes = 1 << 20

	// portionTasks bounds the history of that run: each undo is at least three of
	// the 51,200 events after which the engine ends a run.
	portionTasks = 2000
)

// Portions divides the ledger of a run that has ended into what one run of
// [RevertName] can revert, usually all of it. Nothing in a portion is needed by
// what is in a later one, so they are reverted in this order, each when the
// one before has ended. The locks are in all of them.
func (l *Ledger) Portions() ([]Ledger, error) {
	entries, err := SortByNeeds(l.Tasks)
	if err != nil {
		return nil, err
	}
	all, err := json.Marshal(entries)
	if err != nil || len(all) <= portionBytes && len(entries) <= portionTasks {
		return []Ledger{*l}, err
	}
	d := portioning{head: *l}
	for _, e := range entries {
		if e.IsLock() {
			d.locks = append(d.locks, e)
		}
	}
	for _, e := range slices.Backward(entries) {
		if err := d.addEntry(e); err != nil {
			return nil, err
		}
	}
	if n := len(d.parts) - 1; n > 0 && len(d.parts[n].Owed()) == 0 { // a run of its own would have nothing to do
		d.parts[n-1].Tasks = append(d.parts[n].Tasks, d.parts[n-1].Tasks...)
		d.parts = d.parts[:n]
	}
	for i := range d.parts {
		d.parts[i].Tasks = append(slices.Clone(d.locks), d.parts[i].Tasks...)
	}
	return d.parts, nil
}

// portioning are a ledger while it is divided, from its end.
type portioning struct {
	head  Ledger
	locks []Entry
	parts []Ledger
	size  int // bytes in the last part
}

// addEntry puts an entry before those of the last part, or into a new part if that one is
// full.
func (d *portioning) addEntry(e Entry) error {
	if e.IsLock() {
		return nil
	}
	if !e.IsOwed() {
		e.In, e.Out = nil, nil // nobody needs them
	}
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if d.size += len(text); len(d.parts) == 0 || d.size > portionBytes ||
		len(d.parts[len(d.parts)-1].Tasks) >= portionTasks {
		d.parts, d.size = append(d.parts, d.head), len(text)
		d.parts[len(d.parts)-1].Tasks = nil
	}
	last := &d.parts[len(d.parts)-1]
	last.Tasks = slices.Insert(last.Tasks, 0, e)
	return nil
}
