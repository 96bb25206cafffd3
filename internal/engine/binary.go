package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"novaflow/internal/engine/program"
)

// Variable is the environment variable that names the engine's binary: one of ours or
// the temporal CLI. If it is set, Binary looks for nothing else.
const Variable = "NOVAFLOW_ENGINE"

// server is our engine.
var server = program.Program{
	Name: "engine", Title: "Temporal engine", Module: "server", Package: ".",
	Expense: "this downloads about 300 MB of Go modules where they are missing\n" +
		"and takes some minutes (about 5 on 2 cores). Later starts take a second.",
	Missing: errors.New("no Temporal engine found: " +
		"give the address of a running Temporal server, " +
		"or install the temporal CLI so that it is on the PATH (https://docs.temporal.io/cli), " +
		"or run this from a checkout of novaflow with Go installed, which builds an engine; " +
		Variable + " can name an engine that is elsewhere"),
}

// Binary returns the path of a program that accepts "server start-dev". It takes the
// first of these that exists: the one that NOVAFLOW_ENGINE names; our engine from the
// user's cache; a temporal CLI from the PATH; our engine, built now from the source of
// the checkout around the executable or the working directory. Building takes minutes
// on a small machine and is reported to progress (nil: silent).
//
// If there is none, the error says what to do.
func Binary(ctx context.Context, progress io.Writer) (string, error) {
	if progress == nil {
		progress = io.Discard
	}
	if path := os.Getenv(Variable); path != "" {
		if _, err := exec.LookPath(path); err != nil {
			return "", fmt.Errorf("%s=%s cannot be run: %w", Variable, path, err)
		}
		return filepath.Abs(path)
	}
	if path, found, err := server.Cached(); found || err != nil {
		return path, err
	}
	if path, found := program.OnPath(ctx); found {
		return path, nil
	}
	return server.Build(ctx, progress)
}
