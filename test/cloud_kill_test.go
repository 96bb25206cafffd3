//go:build e2e

package test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
	"novaflow/test/stage"
)

// A cloud that dies has carried out requests but not answered them. It then refuses
// connections for a while.
func TestTheCloudDiesAndComesBackWithWhatItHeld(t *testing.T) {
	t.Parallel()
	queue, cloud := stage.Queue(), stage.StartCloud(t, "--build-time", "2s", "--delete-time", "500ms")
	before := cloud.Inventory(t)
	theStage.Pool(t, 2, queue, cloud.File)
	load := theStage.Load(t, queue, 12, uncancelled(stage.Plans(rand.New(rand.NewPCG(2, 2)), queue, 12)))
	atEach(t, theStage, load, []string{"boot-volume-ready", "active", "undo server"}, func() {
		cloud.Kill()
		time.Sleep(away)
		cloud.Start(t)
		cloud.AddFaults(t, devcloud.Fault{
			Service: "nova", Method: "POST", Path: "/servers$", Action: "error", Count: 3, Text: "refused by the test",
		})
	})
	runs := load.Wait()
	t.Log(stage.Sum(runs))
	theStage.ReadLedgers(t, runs)
	require.Empty(t, stage.Judge(before, cloud.Inventory(t), runs))
	theStage.DeleteAll(t, queue, runs)
	require.Equal(t, before, cloud.Inventory(t))
}
