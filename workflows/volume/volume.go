package volume

import (
	"novaflow/activities"
)

// Volume is the result of the flows that make or change a volume.
type Volume struct {
	ID      string   `json:"id"`
	Name    string   `json:"name,omitempty"`
	Size    int      `json:"size"` // GiB
	Status  string   `json:"status"`
	Servers []string `json:"servers,omitempty"` // ids of the servers that have it
}

func toVolume(v activities.Volume) Volume {
	return Volume{ID: v.ID, Name: v.Name, Size: v.SizeGiB, Status: v.Status, Servers: v.Servers}
}
