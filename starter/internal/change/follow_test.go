package change

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"novaflow/starter/internal/term"
)

// An engine that was away for a minute ended the command with 1, which says that
// nothing of what was asked for exists; the run had committed meanwhile.
func TestARunOutOfSightIsNotTakenForOneThatFailed(t *testing.T) {
	err := lostSight("server:c:web-1", context.DeadlineExceeded)
	require.Equal(t, term.ExitInterrupted, term.Code(err))
	require.ErrorContains(t, err, "`novaflow run watch server:c:web-1`")
	require.Equal(t, term.ExitFailed, term.Code(lostSight("server:c:web-1", serviceerror.NewNotFound("no such run"))))
}

// Ctrl-C in a dry run ended in "context canceled" and 1, which says that the request
// cannot be met.
func TestADryRunThatNobodyWaitsForChangesNothing(t *testing.T) {
	err := stoppedLooking(context.Canceled)
	require.Equal(t, term.ExitInterrupted, term.Code(err))
	require.ErrorContains(t, err, "nothing was changed")
	require.Equal(t, term.ExitFailed, term.Code(stoppedLooking(errors.New("no engine"))))
}
