package glance

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// A folder with links out of it, and what is no file, must not be read.
func TestFilesOutsideTheFolderAreNotRead(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "disk.raw"), []byte("0123456789"), 0o600))
	outside := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(outside, []byte("secret"), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "link")))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	for _, name := range []string{outside, "../" + filepath.Base(dir) + "/disk.raw", "link", "folder", "none",
		"folder/../../x"} {
		_, err := sources{Dir: dir}.open(t.Context(), ImageSource{File: name})
		require.Equal(t, cloud.Terminal, cloud.ClassOf(err), name)
		require.NotContains(t, err.Error(), dir, "the worker's paths are its own affair")
	}
	_, err := sources{}.open(t.Context(), ImageSource{File: "disk.raw"})
	require.ErrorContains(t, err, "--image-dir")
}

// A worker reads URLs for every user who may start runs. The bug: a user could lead it
// to addresses that trust the worker.
func TestAddressesNextToTheWorkerAreRefused(t *testing.T) {
	content := []byte("data")
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = rw.Write(content) // the client may have gone
	}))
	t.Cleanup(server.Close)
	address := server.URL + "/disk.raw"
	host := strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/disk.raw")
	_, port, err := net.SplitHostPort(host)
	require.NoError(t, err)
	away := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "http://localhost:"+port+"/disk.raw", http.StatusFound)
	}))
	t.Cleanup(away.Close)
	careful := sources{Hosts: []string{strings.TrimPrefix(away.URL, "http://")}}
	for _, address := range []string{
		address, "http://localhost:" + port, "http://[::1]:" + port, "http://0.0.0.0:" + port,
		"http://[::ffff:127.0.0.1]:" + port,
		away.URL, "http://169.254.169.254/latest", "http://[fd00:ec2::254]/",
	} {
		_, err := careful.open(t.Context(), ImageSource{URL: address})
		require.Equal(t, cloud.Terminal, cloud.ClassOf(err), "%s: %v", address, err)
		require.ErrorContains(t, err, "--image-host", address)
	}
	require.Zero(t, asked.Load())
	d, err := sources{Hosts: []string{host}}.open(t.Context(), ImageSource{URL: address})
	require.NoError(t, err)
	require.NoError(t, d.Close())
	require.EqualValues(t, 4, d.size)
}

// What does not say how long it is could be cut unnoticed.
func TestAddressesWithoutALengthAreRefused(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(status)
		rw.(http.Flusher).Flush()
		_, _ = io.WriteString(rw, "data") // the client reads none of it
	}))
	t.Cleanup(server.Close)
	local := sources{Hosts: []string{"127.0.0.1"}}
	for at, class := range map[int]cloud.Class{http.StatusOK: cloud.Terminal, http.StatusNotFound: cloud.Terminal,
		http.StatusBadGateway: cloud.Transient} {
		status = at
		_, err := local.open(t.Context(), ImageSource{URL: server.URL})
		require.Equal(t, class, cloud.ClassOf(err), at)
	}
}

func TestAddressesThatHoldSecretsAreRefused(t *testing.T) {
	for _, address := range []string{"", "disk.raw", "file:///etc/passwd", "ftp://a/b", "http:///x",
		"https://user:pw@host/x", "https://host/x#y",
		"https://s3/x?X-Amz-Signature=1", "https://blob/x?sig=1", "https://host/x?access_TOKEN=1", "http://a b/"} {
		require.NotEmpty(t, URLProblem(address), address)
	}
	for _, address := range []string{"http://host/x", "https://host:8443/x?file=1&v=2"} {
		require.Empty(t, URLProblem(address), address)
	}
}

// What people see of an upload is how far it is.
func TestUploadsTellTheirProgress(t *testing.T) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	told := make(chan saga.Progress, 1)
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		var p saga.Progress
		if details.Get(&p) == nil && p.Message != "" {
			told <- p
		}
	})
	uploading := func(ctx context.Context) error {
		ctx, stop := task.StartHeartbeat(ctx)
		defer stop()
		whole := &data{ReadCloser: io.NopCloser(strings.NewReader(strings.Repeat("x", 4<<20))), size: 4 << 20}
		m := newMeter(whole, UploadImageInput{Name: "disk"})
		_, err := io.CopyN(io.Discard, m, 1<<20)
		m.report(ctx, "sent")
		require.Equal(t, saga.Progress{Percent: 25, Message: `image "disk": 1.0 of 4.0 MiB sent`}, <-told)
		return err
	}
	env.RegisterActivityWithOptions(uploading, activity.RegisterOptions{Name: "uploading"})
	_, err := env.ExecuteActivity("uploading")
	require.NoError(t, err)
}
