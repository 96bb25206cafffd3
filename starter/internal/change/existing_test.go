package change

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/activities"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
)

// unreachable is a clouds.yaml with a cloud that nobody answers for.
const unreachable = `clouds: {gone: {auth: {auth_url: "http://127.0.0.1:1/v3", username: u, password: p, project_name: p, user_domain_name: d, project_domain_name: d}}}`

// A run whose workflow id has an id in place of the name locks what nobody else does,
// and would change a server beside the run that holds it.
func TestAnIdIsRefusedWhereTheCloudCannotTellTheName(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clouds.yaml")
	require.NoError(t, os.WriteFile(file, []byte(unreachable), 0o600))
	for noun := range clouds.Finders {
		for word, known := range map[string]bool{"web-1": true, "0a8f1e3c-9a0c-4d3e-8f6a-2b1c7d5e4f30": false} {
			var said bytes.Buffer
			session := &runs.Session{Out: &said, ErrOut: &said}
			e, err := clouds.Identify(t.Context(), session.ErrOut, &clouds.Flags{Name: "gone", File: file}, noun, word)
			deleted, alike := (&deletion{session: session, Removable: Removable{Noun: noun},
				clouds: activities.NewClouds(file), cloud: "gone"}).resolve(t.Context(), word)
			if known {
				require.NoError(t, err)
				require.NoError(t, alike)
				require.Equal(t, []string{word, word}, []string{e.Name, deleted.name})
				require.Contains(t, said.String(), "leaving the look-up to the worker")
				continue
			}
			require.ErrorContains(t, err, "cloud gone could not be asked for the name of "+noun+" "+word)
			require.ErrorContains(t, alike, "give the name, or try again")
		}
	}
}
