package volume_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/workflows/spec"
	"novaflow/workflows/volume"
)

var onDevcloud = spec.RunOptions{Cloud: "devcloud"}

func TestBadRequestsForVolumesAreRefusedAllAtOnce(t *testing.T) {
	long := strings.Repeat("x", 201)
	for _, c := range []struct {
		req   spec.Spec
		words []string
	}{
		{volume.CreateSpec{}, []string{"cloud: missing", "name: missing", "size: missing"}},
		{volume.CreateSpec{RunOptions: spec.RunOptions{Cloud: "a:b", OnFailure: "panic"}, Name: " " + long, Size: -1, Image: "i", Snapshot: "s"},
			[]string{"colon", "on failure", "longer than", "space", "image, snapshot"}},
		{volume.CreateSpec{RunOptions: onDevcloud, Name: "bad\u202ename", Size: 1 << 40}, []string{"name:", "is no size"}},
		{volume.DeleteSpec{RunOptions: spec.RunOptions{Cloud: "c", OnFailure: "revert"}}, []string{"volume: missing", "on failure"}},
		{volume.ExtendSpec{RunOptions: onDevcloud, Size: 0}, []string{"volume: missing", "size: 0 GiB is no size"}},
		{volume.SnapshotSpec{RunOptions: onDevcloud, Description: long}, []string{"volume: missing", "name: missing", "description"}},
		{volume.RestoreSpec{RunOptions: onDevcloud}, []string{"volume: missing", "snapshot: missing"}},
	} {
		err := c.req.Validate()
		require.Error(t, err, "%+v", c.req)
		for _, w := range c.words {
			require.ErrorContains(t, err, w)
		}
		require.GreaterOrEqual(t, len(strings.Split(err.Error(), "\n")), len(c.words))
	}
}
