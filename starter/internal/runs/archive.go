package runs

import (
	"context"
	"errors"
	"os"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"novaflow/audit"
	"novaflow/internal/config"
	"novaflow/saga"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
)

// FindArchived asks the audit store. If there is no store yet, no run has ended: that is
// a note and no error.
func FindArchived(ctx context.Context, place string,
	q audit.Query) (records []audit.Record, notes []string, err error) {
	place = AuditPlace(place)
	if place == audit.Off {
		return nil, []string{"there is no audit store: runs that the engine has forgotten are not listed"}, nil
	}
	if err := audit.Check(place); err != nil {
		return nil, nil, term.WithCode(term.ExitUsage, err)
	}
	s, err := audit.OpenExisting(ctx, place)
	switch {
	case errors.Is(err, audit.ErrNone):
		return nil, []string{"runs that the engine has forgotten are not listed: " + err.Error()}, nil
	case err != nil:
		return nil, nil, err
	}
	defer s.Close() //nolint:errcheck // nothing was written
	records, err = s.Find(ctx, q)
	return records, nil, err
}

// AuditPlace returns the place of the audit store: the given one, else the user's own if
// it exists, else the place of "novaflow dev" if it exists.
func AuditPlace(given string) string {
	place := config.AuditPlace(given)
	if dev := config.AuditFile(clouds.DevHome()); place == config.AuditFile(config.DataHome()) && !fileExists(place) &&
		fileExists(dev) {
		return dev
	}
	return place
}

// archiveActivity is the activity by which runs archive themselves.
const archiveActivity = "ArchiveRun"

// ReadArchive reads from the history of a run what it archived when it ended. It needs no
// worker.
func ReadArchive(ctx context.Context, session *Session, engine client.Client,
	run Row) (parts []saga.Archive, err error) {
	options, err := session.Connection.Options()
	if err != nil {
		return nil, err
	}
	read := options.DataConverter
	if read == nil {
		read = converter.GetDefaultDataConverter()
	}
	for events := engine.GetWorkflowHistory(ctx, run.Workflow, run.Run, false,
		enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		if err != nil {
			return nil, EngineError(err)
		}
		scheduled := e.GetActivityTaskScheduledEventAttributes()
		if scheduled.GetActivityType().GetName() != archiveActivity {
			continue
		}
		var part saga.Archive
		if err := read.FromPayloads(scheduled.GetInput(), &part); err != nil {
			return nil, nil //nolint:nilerr // written with a codec that this machine lacks: a worker may answer
		}
		if part.Execution == run.Run { // not of the run that it has reverted
			parts = append(parts, part)
		}
	}
	return parts, nil
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
