package stage

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"

	"novaflow/internal/engine/enginetest"
)

// Command is a command line program with the arguments that lead it to a stage.
type Command struct {
	path string
	lead []string
	env  []string
}

// Temporal returns the engine's own command line.
func (s *Stage) Temporal(t testing.TB) *Command {
	t.Helper()
	path, err := enginetest.CLI(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	return &Command{path: path, lead: []string{"--address", s.Address, "--namespace", s.Namespace}, env: []string{"HOME=" + t.TempDir()}}
}

// Novaflow returns the command line of novaflow, with the clouds of a clouds.yaml.
func (s *Stage) Novaflow(t testing.TB, clouds string) *Command {
	t.Helper()
	return &Command{
		path: program(t, "novaflow/starter"), lead: []string{"--address", s.Address, "--namespace", s.Namespace},
		env: []string{"HOME=" + t.TempDir(), "OS_CLIENT_CONFIG_FILE=" + clouds, "OS_CLOUD=devcloud"},
	}
}

// Run runs the command to its end and returns its output and its exit code. A command
// that cannot be run, or does not end within Bound, fails the test.
func (c *Command) Run(t testing.TB, args ...string) (said string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Bound)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.path, append(args, c.lead...)...)
	cmd.Env = append(os.Environ(), c.env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var failed *exec.ExitError
	if ctx.Err() != nil || err != nil && !errors.As(err, &failed) {
		t.Fatalf("%v: %v\n%s", args, err, &out)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// Must runs the command to its end, and requires that it succeeds.
func (c *Command) Must(t testing.TB, args ...string) string {
	t.Helper()
	said, code := c.Run(t, args...)
	if code != 0 {
		t.Fatalf("%v ended with %d:\n%s", args, code, said)
	}
	return said
}
