//go:build e2e

package test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/config"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/proto"

	"novaflow/activities"
	"novaflow/internal/devcloud"
	"novaflow/internal/workerhost"
	"novaflow/saga"
	"novaflow/saga/sagacodec"
	"novaflow/test/stage"
	"novaflow/workflows/spec"
)

const userData = "#cloud-config\npassword: correct-horse-battery-staple\n"

// forms lists the ways in which the secret could be written.
func forms() (all [][]byte) {
	encoded := base64.StdEncoding.EncodeToString([]byte(userData))
	for _, text := range []string{"correct-horse", hex.EncodeToString([]byte("correct-horse")), encoded, encoded[8:40],
		base64.StdEncoding.EncodeToString([]byte(encoded))[8:40]} {
		all = append(all, []byte(text))
	}
	return all
}

// requireNoSecret fails if a text that people can read contains the secret.
func requireNoSecret(t *testing.T, where string, text []byte) {
	t.Helper()
	for _, form := range forms() {
		require.False(t, bytes.Contains(text, form), "%s has the secret as %q", where, form)
	}
}

// secretScene is a scene in which the worker and the commands of the test share one key.
func secretScene(t *testing.T) (*scene, *stage.Command) {
	t.Helper()
	s := newScene(t, time.Second)
	// so that even a refused run lasts while it is watched
	s.AddFault(devcloud.Fault{Service: "nova", Method: "GET", Path: "/flavors", Action: "delay:2", Count: 1})
	line, err := sagacodec.NewKey("test")
	require.NoError(t, err)
	keys, err := sagacodec.ParseKeys(line)
	require.NoError(t, err)
	t.Setenv(sagacodec.EnvKeys, line)
	list := activities.NewClouds(s.file)
	list.SetKeys(keys)
	w := workerhost.New(theStage.Client, workerhost.Options{TaskQueue: s.queue, Clouds: list})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	return s, theStage.Novaflow(t, s.file)
}

// create asks for a server with user data. It searches everything that the engine shows
// of the run, while it lasts and after its end.
func (s *scene) createWithUserData(t *testing.T, cli *stage.Command) (said string, code int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "user-data")
	require.NoError(t, os.WriteFile(file, []byte(userData), 0o600))
	id := spec.ServerWorkflowID("devcloud", s.spec.Name)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		said, code = cli.Run(t, "server", "create", s.spec.Name, "--image", "tiny", "--flavor", "m1.nano", "--network",
			"private",
			"--task-queue", s.queue, "--user-data", file, "--reason", "a test")
	}()
	looks := 0
	for over := false; !over; {
		select {
		case <-ended:
			over = true
		case <-time.After(50 * time.Millisecond):
		}
		if s.search(t, id) {
			looks++
		}
	}
	require.Greater(t, looks, 5, "the run was watched")
	requireNoSecret(t, "the command", []byte(said))
	for _, args := range [][]string{{"run", "ledger", id, "-o", "json"}, {"run", "show", id}, {"run", "graph", id},
		{"run", "list", "-o", "json"}} {
		told, _ := cli.Run(t, args...)
		requireNoSecret(t, strings.Join(args, " "), []byte(told))
	}
	return said, code
}

// search looks through everything that a client without keys can read of a run, if
// there is one.
func (s *scene) search(t *testing.T, id string) (found bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), stage.Bound)
	defer cancel()
	described, err := theStage.WorkflowService().DescribeWorkflowExecution(ctx,
		&workflowservice.DescribeWorkflowExecutionRequest{
			Namespace: theStage.Namespace, Execution: executionOf(id),
		})
	if err != nil {
		return false // it has not begun
	}
	requireNoSecretIn(t, "its description, with memo, details and heartbeats", described)
	events := theStage.GetWorkflowHistory(ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		requireNoSecretIn(t, fmt.Sprintf("event %d (%s)", event.EventId, event.EventType), event)
	}
	for _, query := range []string{saga.LedgerQuery, saga.PlanQuery, client.QueryTypeStackTrace,
		"__temporal_workflow_metadata"} {
		answer, err := theStage.WorkflowService().QueryWorkflow(ctx, queryRequest(id, query))
		if err == nil {
			requireNoSecretIn(t, "query "+query, answer)
		}
	}
	return true
}

func requireNoSecretIn(t *testing.T, where string, message proto.Message) {
	t.Helper()
	raw, err := proto.Marshal(message) // not as JSON, which has payloads in base64
	require.NoError(t, err)
	requireNoSecret(t, where, raw)
}

// Everybody who can read the engine can read a history, as long as it is kept. User data
// often holds passwords.
func TestUserDataIsNowhereButInNova(t *testing.T) {
	s, cli := secretScene(t)
	said, code := s.createWithUserData(t, cli)
	require.Zero(t, code, said)
	require.Equal(t, userData, s.userDataOfServer(t))
}

// Nova's error quotes a request that it refuses, user data included.
func TestUserDataIsNotInAFailureEither(t *testing.T) {
	s, cli := secretScene(t)
	encoded := base64.StdEncoding.EncodeToString([]byte(userData))
	s.AddFault(devcloud.Fault{Service: "nova", Method: "POST", Path: "/servers$", Action: "own:400",
		Text: "Invalid input for field/attribute user_data. Value: " + encoded + ". '" + encoded + "' is too long"})
	said, code := s.createWithUserData(t, cli)
	require.Equal(t, 1, code, said)
	require.Contains(t, said, "Invalid input for field/attribute user_data. Value: (user data)")
	require.Equal(t, s.before, s.Inventory())
}

// A worker that cannot read the request must say so before anything is created.
func TestUserDataThatTheWorkerCannotReadIsRefused(t *testing.T) {
	s, cli := secretScene(t)
	line, err := sagacodec.NewKey("another")
	require.NoError(t, err)
	t.Setenv(sagacodec.EnvKeys, line)
	said, code := s.createWithUserData(t, cli)
	require.Equal(t, 1, code, said)
	require.Contains(t, said, `encrypted with key "another", which is not among the keys here`)
	require.Equal(t, s.before, s.Inventory())
}

// userDataOfServer asks nova, as an administrator, for the user data.
func (s *scene) userDataOfServer(t *testing.T) string {
	t.Helper()
	auth, endpoint, tls, err := clouds.Parse(clouds.WithCloudName("devcloud-admin"), clouds.WithLocations(s.file))
	require.NoError(t, err)
	provider, err := config.NewProviderClient(t.Context(), auth, config.WithTLSConfig(tls))
	require.NoError(t, err)
	compute, err := openstack.NewComputeV2(provider, endpoint)
	require.NoError(t, err)
	compute.Microversion = "2.3"
	var seen []struct {
		Name     string
		UserData string `json:"OS-EXT-SRV-ATTR:user_data"`
	}
	pages, err := servers.List(compute, servers.ListOpts{AllTenants: true}).AllPages(t.Context())
	require.NoError(t, err)
	require.NoError(t, servers.ExtractServersInto(pages, &seen))
	require.Len(t, seen, 1)
	plain, err := base64.StdEncoding.DecodeString(seen[0].UserData)
	require.NoError(t, err)
	return string(plain)
}
