package ownership_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/activities"
	"novaflow/workflows/ownership"
	"novaflow/workflows/spec"
)

var onDevcloud = spec.RunOptions{Cloud: "devcloud"}

func TestResidueSpecReportsAllProblems(t *testing.T) {
	err := ownership.ResidueSpec{Objects: []activities.OwnedObject{{Kind: "port", ID: "p", Mark: "made by hand"},
		{Mark: "novaflow:r/t#1"}}}.Validate()
	for _, want := range []string{"cloud: missing", "before: missing", "object 0", "object 1"} {
		require.ErrorContains(t, err, want)
	}
	require.ErrorContains(t, ownership.ResidueSpec{RunOptions: onDevcloud, Before: time.Now()}.Validate(),
		"objects: none")
}
