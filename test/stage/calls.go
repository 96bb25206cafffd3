package stage

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"novaflow/internal/devcloud"
)

// ChangingCall is a call meant to change servers or volumes.
type ChangingCall struct {
	Method, Path string
	Run          string   // engine's id of the run that asked, by the global request id
	Objects      []string // ids of the servers and volumes it is about
	Holds        []string // "server:NAME", "volume:NAME": what they are called, before and after
	Begun, Ended time.Time
}

// CallBook is a development cloud that notes all calls which change something.
type CallBook struct {
	*devcloud.Cloud
	File string // a clouds.yaml for it

	mu    sync.Mutex
	calls []ChangingCall
}

// NoteCalls serves a cloud once more, with a note of each call.
func NoteCalls(t testing.TB, cloud *devcloud.Cloud, plain string) *CallBook {
	t.Helper()
	b := &CallBook{Cloud: cloud, File: filepath.Join(t.TempDir(), "clouds.yaml")}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	yaml := strings.ReplaceAll(string(cloud.CloudsYAML()), plain, server.URL)
	if err := os.WriteFile(b.File, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

// Changes lists the calls so far, in the order in which they began.
func (b *CallBook) Changes() []ChangingCall {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.Clone(b.calls)
	slices.SortStableFunc(all, func(x, y ChangingCall) int { return x.Begun.Compare(y.Begun) })
	return all
}

// ServeHTTP implements http.Handler.
func (b *CallBook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet || strings.Contains(r.URL.Path, "/identity/") {
		b.Cloud.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	c := ChangingCall{Method: r.Method, Path: r.URL.Path, Run: strings.TrimPrefix(r.Header.Get("X-Openstack-Request-Id"), "req-"), Begun: time.Now()}
	before := b.Inventory()
	answer := httptest.NewRecorder()
	b.Cloud.ServeHTTP(answer, r)
	c.Ended = time.Now()
	c.about(append(body, answer.Body.Bytes()...), before, b.Inventory())
	b.mu.Lock()
	b.calls = append(b.calls, c)
	b.mu.Unlock()
	for k, v := range answer.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes()) //nolint:errcheck // the client has gone
}

var (
	inPath  = regexp.MustCompile(`/(?:servers|volumes|os-volume_attachments)/([0-9a-f-]{36})`)
	inTexts = regexp.MustCompile(`"volumeId": *"([0-9a-f-]{36})"`)
)

// about finds the resources that a call was about, in its path and in the texts of
// request and answer.
func (c *ChangingCall) about(texts []byte, worlds ...[]devcloud.Object) {
	for _, m := range inPath.FindAllStringSubmatch(c.Path, -1) {
		c.Objects = append(c.Objects, m[1])
	}
	for _, m := range inTexts.FindAllSubmatch(texts, -1) {
		c.Objects = append(c.Objects, string(m[1]))
	}
	var made struct{ Server, Volume struct{ ID string } }
	for d := json.NewDecoder(bytes.NewReader(texts)); d.Decode(&made) == nil; {
		c.Objects = append(c.Objects, made.Server.ID, made.Volume.ID)
	}
	slices.Sort(c.Objects)
	c.Objects = slices.DeleteFunc(slices.Compact(c.Objects), func(id string) bool { return id == "" })
	for _, world := range worlds {
		for _, o := range world {
			if (o.Kind == "server" || o.Kind == "volume") && slices.Contains(c.Objects, o.ID) {
				c.Holds = append(c.Holds, o.Kind+":"+o.Name)
			}
		}
	}
	slices.Sort(c.Holds)
	c.Holds = slices.Compact(c.Holds)
}
