package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"go.temporal.io/sdk/client"

	"novaflow/workflows"
)

// reporter puts the result of a committed run into a sentence and into names and
// values.
type reporter func(result json.RawMessage) (headline string, fields [][2]string, err error)

// reporters are those of the workflows, by the name that each is registered under.
var reporters = map[string]reporter{
	workflows.ServerCreateName:   reporting(aboutServer),
	workflows.ServerDeleteName:   reporting(aboutDeleted),
	workflows.ServerPowerName:    reporting(aboutPowered),
	workflows.ServerSetName:      reporting(aboutSet),
	workflows.HostDrainName:      reporting(aboutDrained),
	workflows.ServerResizeName:   reporting(aboutResized),
	workflows.ServerMigrateName:  reporting(aboutResized),
	workflows.ServerRebuildName:  reporting(aboutRebuilt),
	workflows.ServerSnapshotName: reporting(aboutSnapshot),
}

// reporting makes a reporter from a function that knows the type of the result.
func reporting[T any](of func(T) (string, [][2]string)) reporter {
	return func(result json.RawMessage) (string, [][2]string, error) {
		var out T
		if err := json.Unmarshal(result, &out); err != nil {
			return "", nil, err
		}
		headline, fields := of(out)
		return headline, fields, nil
	}
}

func aboutServer(s workflows.Server) (string, [][2]string) {
	return fmt.Sprintf("server %s is %s", s.Name, s.Status), [][2]string{
		{"id", s.ID},
		{"addresses", strings.Join(s.Addresses, ", ")},
		{"floating IP", s.FloatingIP},
		{"ports", strings.Join(s.Ports, ", ")},
		{"boot volume", s.BootVolume},
		{"volumes", strings.Join(s.Volumes, ", ")},
		{"flavor", s.Flavor},
		{"zone", s.Zone},
		{"key pair", s.KeyPair},
		{"server group", s.ServerGroup},
	}
}

func aboutDeleted(d workflows.Deleted) (string, [][2]string) {
	return "deleted, with all that was made for it:\n  " + strings.Join(d.Removed, "\n  "), nil
}

// reportCommitted tells what a committed run has done.
func (a *app) reportCommitted(ctx context.Context, engine client.Client, s snapshot, form format) error {
	made, err := result(ctx, engine, s.workflow, s.run)
	if err != nil {
		return unreadable(err)
	}
	if form.document() {
		return printDocument(a.out, form, report{Workflow: s.workflow, Run: s.run, Outcome: decide(s, nil), Result: made})
	}
	about, known := reporters[s.kind]
	if !known {
		fmt.Fprintf(a.out, "%s %s has committed: %s\n", s.kind, s.workflow, made)
		return nil
	}
	headline, fields, err := about(made)
	if err != nil {
		return unreadable(err)
	}
	fmt.Fprintln(a.out, headline)
	return printFields(a.out, append(fields, [2]string{"run", s.workflow + ", run id " + s.run}))
}

func unreadable(err error) error {
	return fmt.Errorf("the run has committed, but its result cannot be read: %w", err)
}
