package volume

import (
	"novaflow/activities/cinder"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Volume is the result of the flows that create or change a volume.
type Volume struct {
	ID      string   `json:"id"`
	Name    string   `json:"name,omitempty"`
	Size    int      `json:"size"` // GiB
	Status  string   `json:"status"`
	Servers []string `json:"servers,omitempty"` // ids of the servers that have it
}

// resultOf returns the result of a run.
func resultOf(v cinder.Volume) Volume {
	return Volume{ID: v.ID, Name: v.Name, Size: v.SizeGiB, Status: v.Status, Servers: v.Servers}
}

// addChangeCheck adds the task that looks up whether a volume can be changed. The query
// lacks the id of the run.
func addChangeCheck(
	f *saga.Flow, q cinder.VolumeChangeQuery, summary string,
) saga.Ref[cinder.VolumeChangePlan] {
	query := saga.From(saga.ThisRun(), func(run string) cinder.VolumeChangeQuery {
		q.Run = run
		return q
	})
	return saga.Add(f, spec.RequestTask, cinder.CheckVolumeChangeAction, query, saga.Summary(summary))
}
