//go:build e2e

// Package test proves novaflow end to end: a real engine, worker processes that
// are really killed, and a development cloud that outlives them.
package test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
	"novaflow/test/stage"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

var theStage *stage.Stage

func TestMain(m *testing.M) { os.Exit(stage.Run(m, &theStage)) }

// scene is a development cloud with its start content, and a task queue.
type scene struct {
	*devcloud.Cloud
	file   string // its clouds.yaml
	before []devcloud.Object
	queue  string
	spec   server.CreateSpec
}

// newScene opens a cloud whose servers take a moment to build, so that there is time to
// cause faults.
func newScene(t *testing.T, build time.Duration) *scene {
	t.Helper()
	cloud, err := devcloud.Open(devcloud.Options{BuildTime: build})
	require.NoError(t, err)
	_, err = cloud.Start("127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cloud.Close()) })
	s := &scene{Cloud: cloud, file: filepath.Join(t.TempDir(), "clouds.yaml"), before: cloud.Inventory(), queue: stage.Queue()}
	require.NoError(t, os.WriteFile(s.file, cloud.CloudsYAML(), 0o600))
	s.spec = server.CreateSpec{
		RunOptions: spec.RunOptions{Cloud: "devcloud"}, Name: s.queue, Image: "tiny", Flavor: "m1.nano",
		Ports: []server.PortSpec{{Network: "private"}}, BootVolume: 1,
		Volumes: []server.VolumeSpec{{Size: 1}}, FloatingIP: "public",
	}
	return s
}

// count returns how many resources of a kind were added to the start content.
func (s *scene) count(kind string) int {
	n := 0
	for _, o := range s.Inventory() {
		if o.Kind == kind {
			n++
		}
	}
	for _, o := range s.before {
		if o.Kind == kind {
			n--
		}
	}
	return n
}

// requireWhole fails unless each part of the server exists exactly once.
func (s *scene) requireWhole(t *testing.T) {
	t.Helper()
	require.Len(t, s.Inventory(), len(s.before)+5, "server, port, 2 volumes, floating IP: %v", s.Inventory())
	for kind, n := range map[string]int{"server": 1, "volume": 2} {
		require.Equal(t, n, s.count(kind), kind)
	}
}
