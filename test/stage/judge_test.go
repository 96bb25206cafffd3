package stage

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"novaflow/internal/devcloud"
	"novaflow/saga"
)

// With a judge that overlooks a difference, every soak passes.
func TestTheJudgeSeesEveryDifference(t *testing.T) {
	trap := devcloud.Object{Kind: "port", ID: "trap", Name: "web-port-0"}
	port := object("port", "p", "novaflow:r/port-0#1", "DOWN")
	server := object("server", "s", "novaflow_mark=novaflow:r/server#1 novaflow_run=r", "ACTIVE")
	for name, c := range map[string]struct {
		run   *Created
		after []devcloud.Object
		want  string // "" if all is as it should be
	}{
		"committed and whole":      {committed(), []devcloud.Object{trap, port, server}, ""},
		"reverted and gone":        {reverted(saga.RunReverted), []devcloud.Object{trap}, ""},
		"committed and deleted":    {deleted(), []devcloud.Object{trap}, ""},
		"deleted, and a part left": {deleted(), []devcloud.Object{trap, port}, "port (p) of task port-0 is left"},
		"a part is missing": {committed(), []devcloud.Object{trap, server},
			"what task port-0 made (p) does not exist"},
		"a twin": {committed(), []devcloud.Object{trap, port, server,
			object("server", "s2", "novaflow:r/server#1", "ACTIVE")}, "server (s2) is a twin of s"},
		"a part is broken": {committed(), []devcloud.Object{trap, port,
			object("server", "s", "novaflow:r/server#1", "ERROR")}, "server (s) of task server is ERROR"},
		"a task that made nothing": {committed(), []devcloud.Object{trap, port, server,
			object("volume", "v", "novaflow:r/volume-0#1", "in-use")}, "volume (v) of task volume-0 is left"},
		"residue of a revert": {reverted(saga.RunReverted), []devcloud.Object{trap, port},
			"port (p) of task port-0 is left"},
		"what nobody marked": {committed(),
			[]devcloud.Object{trap, port, server, object("port", "x", "", "DOWN")}, `port "" (x) carries no mark`},
		"a run that nobody started": {committed(), []devcloud.Object{trap, port, server,
			object("port", "x", "novaflow:q/port-0#1", "DOWN")}, "run q, which nobody started"},
		"a trap is gone": {reverted(saga.RunReverted), nil, `port "web-port-0" (trap) was there before`},
		"the ledger disagrees": {reverted(saga.RunCommitted), []devcloud.Object{trap, port, server},
			"want state REVERTED"},
	} {
		t.Run(name, func(t *testing.T) {
			problems := Judge([]devcloud.Object{trap}, c.after, []*Created{c.run})
			if c.want == "" {
				require.Empty(t, problems)
				return
			}
			require.Len(t, problems, 1)
			require.Contains(t, problems[0], c.want)
		})
	}
}

// deleted returns the same run after the deletion of its server.
func deleted() *Created {
	c := committed()
	c.Gone = true
	return c
}

func object(kind, id, mark, status string) devcloud.Object {
	return devcloud.Object{Kind: kind, ID: id, Mark: mark, Status: status}
}

// committed returns a run r that created a port and a server.
func committed() *Created {
	l := &saga.Ledger{Run: "r", State: saga.RunCommitted}
	for task, id := range map[string]string{"port-0": "p", "server": "s"} {
		mark := saga.Mark("novaflow:r/" + task + "#1")
		out, _ := json.Marshal(map[string]any{"id": id, "mark": mark})
		l.Tasks = append(l.Tasks, saga.Entry{Task: task, Undo: "Undo", Mark: mark, Out: out})
	}
	l.Tasks = append(l.Tasks, saga.Entry{Task: "attach-0", Undo: "DetachVolume", Mark: "novaflow:r/attach-0#1",
		Out: []byte(`{"serverId":"s"}`)})
	return &Created{WorkflowRun: fakeRun{}, Ledger: l}
}

// reverted returns the same run as a failed one, with a ledger in the given state.
func reverted(state saga.RunState) *Created {
	c := committed()
	c.Ledger.State = state
	c.Err = temporal.NewNonRetryableApplicationError("refused", saga.ErrTypeReverted, errors.New("cause"))
	return c
}

type fakeRun struct{ client.WorkflowRun }

func (fakeRun) GetID() string { return "server:devcloud:web" }
