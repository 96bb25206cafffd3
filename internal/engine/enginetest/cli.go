// Package enginetest is here for tests of what operators do with the temporal CLI. It
// imports package program. Only tests and their stages import it.
package enginetest

import (
	"context"
	"errors"
	"io"

	"novaflow/internal/engine/program"
)

// cli is the temporal CLI whose version the module internal/engine/cli pins.
var cli = program.Program{
	Name: "temporal", Title: "temporal CLI", Module: "cli", Package: "github.com/temporalio/cli/cmd/temporal",
	Expense: "this downloads about 290 MB of Go modules where they are missing\n" +
		"and takes some minutes (5 on 2 slow cores).",
	Missing: errors.New("no temporal CLI found: " +
		"install it so that it is on the PATH (https://docs.temporal.io/cli), " +
		"or run this from a checkout of novaflow with Go installed"),
}

// CLI returns the path of the temporal CLI. It takes the first of these that exists: the
// pinned one from the user's cache; one from the PATH; the pinned one, built now.
func CLI(ctx context.Context, progress io.Writer) (string, error) {
	if progress == nil {
		progress = io.Discard
	}
	if path, found, err := cli.Cached(); found || err != nil {
		return path, err
	}
	if path, found := program.OnPath(ctx); found {
		return path, nil
	}
	return cli.Build(ctx, progress)
}
