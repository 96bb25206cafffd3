package server

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/activities"
	"novaflow/activities/nova"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

func TestListTellsTheAge(t *testing.T) {
	var out bytes.Buffer
	rows := listRows("c", []nova.Server{
		{OwnedObject: activities.OwnedObject{ID: "s1", Name: "web-1", Mark: "novaflow:r1/server#1"}, Created: time.Now().Add(-50 * time.Hour)},
		{OwnedObject: activities.OwnedObject{ID: "s2", Name: "web-2", Mark: "novaflow:r1/server#1"}},
	}, false)
	require.NoError(t, printRows((&runs.Session{Out: &out}).Out, rows, term.AsTable))
	require.Contains(t, out.String(), "AGE")
	require.Contains(t, out.String(), "2 days")
	document, err := json.Marshal(rows[1])
	require.NoError(t, err)
	require.NotContains(t, string(document), "created", "an unknown time is no time")
}
