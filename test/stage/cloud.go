package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"novaflow/internal/devcloud"
)

// CloudProcess is a development cloud in a process of its own. Its state is in a file, so
// that it can die and come back while runs are under way.
type CloudProcess struct {
	*Process
	URL  string
	File string // its clouds.yaml

	args []string
}

// StartCloud starts a cloud without limits on what a project may have. The
// arguments are those of the devcloud command.
func StartCloud(t testing.TB, args ...string) *CloudProcess {
	t.Helper()
	dir, address := t.TempDir(), freeAddress(t)
	c := &CloudProcess{URL: "http://" + address, File: filepath.Join(dir, "clouds.yaml")}
	c.args = append([]string{"--addr", address, "--file", filepath.Join(dir, "cloud.jsonl"), "--clouds-yaml", c.File, "--hosts", "20"}, args...)
	c.Start(t)
	unlimited := map[string]int{}
	for _, quota := range []string{"instances", "cores", "ram", "port", "floatingip", "security_group", "security_group_rule", "volumes", "gigabytes"} {
		unlimited[quota] = -1
	}
	c.control(t, http.MethodPut, "settings", map[string]any{"quotas": unlimited}, nil)
	return c
}

// Start starts the cloud again, with what it held, and returns when it answers.
func (c *CloudProcess) Start(t testing.TB) {
	t.Helper()
	c.Process = spawn(t, program(t, "novaflow/internal/devcloud/cmd/devcloud"), c.args...)
	Await(t, "the cloud to answer", func() bool {
		return c.call(t.Context(), http.MethodGet, "settings", nil, nil) == nil
	})
}

// Inventory lists everything that exists in the cloud.
func (c *CloudProcess) Inventory(t testing.TB) (all []devcloud.Object) {
	t.Helper()
	c.control(t, http.MethodGet, "inventory", nil, &all)
	return all
}

// AddFaults puts rules in force.
func (c *CloudProcess) AddFaults(t testing.TB, rules ...devcloud.Fault) {
	t.Helper()
	c.control(t, http.MethodPost, "faults", rules, nil)
}

// Faults lists the rules that can still apply, with what is left of their counts.
func (c *CloudProcess) Faults(t testing.TB) (rules []devcloud.Fault) {
	t.Helper()
	c.control(t, http.MethodGet, "faults", nil, &rules)
	return rules
}

// ClearFaults removes all rules.
func (c *CloudProcess) ClearFaults(t testing.TB) {
	t.Helper()
	c.control(t, http.MethodDelete, "faults", nil, nil)
}

// control calls the cloud's control API.
func (c *CloudProcess) control(t testing.TB, method, what string, in, out any) {
	t.Helper()
	if err := c.call(t.Context(), method, what, in, out); err != nil {
		t.Fatalf("devcloud %s %s: %v", method, what, err)
	}
}

func (c *CloudProcess) call(ctx context.Context, method, what string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, c.URL+"/devcloud/"+what, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, text)
	}
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(text, out)
}

// freeAddress finds an address of the loopback on which nobody listens.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
