package workflows_test

import (
	"fmt"
	"testing"

	"novaflow/internal/devcloud"
	"novaflow/saga/sagatest"
	"novaflow/workflows/server"
)

var snapshotServer = server.SnapshotSpec{RunOptions: devcloudRun, Server: theServer.Name, Name: "web-1-monday"}

// volumeServer is a server with two volumes, of which it boots from one.
var volumeServer = func() server.CreateSpec {
	req := theServer
	req.BootVolume, req.Volumes = 1, []server.VolumeSpec{{Size: 1}}
	return req
}()

// noImages is a cloud in which nova cannot save servers.
var noImages = trouble{name: "nova fails to save servers", refuses: true, faults: []devcloud.Fault{
	{Service: "nova", Method: "POST", Path: "/action$", Action: "error", Text: "disk is broken"}}}

// An image is whole or absent, and so are the snapshots behind it, whatever happens
// to which task.
func TestServerSnapshotIsWholeOrAbsent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server    server.CreateSpec
		tried     []trouble
		snapshots int
	}{
		"disk":    {theServer, append([]trouble{noImages}, troubles[:3]...), 0},
		"volumes": {volumeServer, troubles, 2},
	} {
		t.Run(name, func(t *testing.T) {
			starts := worlds(c.tried, perTrouble, func(t testing.TB, w *cloudWorld) { w.run(t, server.Create.Workflow, c.server) })
			starts[0].Sample = 3 * perVerb
			r := sagatest.Prove(t, sagatest.Flow{
				Workflow: server.Snapshot.Workflow, Input: snapshotServer, Pairs: pairs / 2,
				Check: func(_ sagatest.World, result sagatest.Result) error {
					var s server.CreatedImage
					if err := result(&s); err != nil {
						return err
					}
					if s.Status != "active" || s.Name != snapshotServer.Name || len(s.Snapshots) != c.snapshots {
						return fmt.Errorf("the image lacks something: %+v", s)
					}
					return nil
				},
			}, starts...)
			requireAll(t, r, 4)
		})
	}
}
