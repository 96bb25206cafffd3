package devcloud_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

// direct calls the cloud without a network in between.
type direct struct {
	c     *devcloud.Cloud
	token string
}

func (d *direct) call(tb testing.TB, method, path string, body, v any) {
	raw, err := json.Marshal(body)
	require.NoError(tb, err)
	r := httptest.NewRequest(method, path, bytes.NewReader(raw))
	r.Header.Set("X-Auth-Token", d.token)
	r.Header.Set("OpenStack-API-Version", "compute 2.93")
	w := httptest.NewRecorder()
	d.c.ServeHTTP(w, r)
	require.Less(tb, w.Code, 300, w.Body.String())
	if t := w.Header().Get("X-Subject-Token"); t != "" {
		d.token = t
	}
	if v != nil {
		require.NoError(tb, json.Unmarshal(w.Body.Bytes(), v))
	}
}

type m = map[string]any

func login(tb testing.TB, c *devcloud.Cloud) *direct {
	d := &direct{c: c}
	domain := m{"name": "Default"}
	d.call(tb, http.MethodPost, "/identity/v3/auth/tokens", m{"auth": m{
		"identity": m{"methods": []string{"password"},
			"password": m{"user": m{"name": "demo", "password": devcloud.Password, "domain": domain}}},
		"scope": m{"project": m{"name": "demo", "domain": domain}}}}, nil)
	return d
}

// machine creates a port and a server on it, and returns how long the server's create
// took.
func (d *direct) machine(tb testing.TB, network, image string, i int) time.Duration {
	mark := fmt.Sprintf("novaflow:run-%d/server#1", i)
	var p struct{ Port struct{ ID string } }
	d.call(tb, http.MethodPost, "/network/v2.0/ports",
		m{"port": m{"network_id": network, "name": fmt.Sprint("port-", i), "description": mark}}, &p)
	body := m{"server": m{"name": fmt.Sprint("server-", i), "flavorRef": "0", "imageRef": image,
		"networks": []m{{"port": p.Port.ID}},
		"metadata": m{"novaflow": mark}, "tags": []string{fmt.Sprint("run-", i)}}}
	start := time.Now()
	d.call(tb, http.MethodPost, "/compute/v2.1/servers", body, nil)
	return time.Since(start)
}

func (d *direct) idOf(tb testing.TB, path, kind string) string {
	var list map[string]json.RawMessage
	var items []struct{ ID string }
	d.call(tb, http.MethodGet, path, nil, &list)
	require.NoError(tb, json.Unmarshal(list[kind], &items))
	require.Len(tb, items, 1)
	return items[0].ID
}

func bigCloud(tb testing.TB, file string) *devcloud.Cloud {
	c, err := devcloud.Open(devcloud.Options{File: file, Hosts: 100,
		Quotas: map[string]int{"instances": -1, "cores": -1, "ram": -1, "port": -1}})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, c.Close()) })
	return c
}

// BenchmarkTenThousandServers fills a cloud with 10,000 servers of a port each
// and reports what it takes: memory in use, the creates' times, a filtered list.
func BenchmarkTenThousandServers(b *testing.B) {
	for range b.N {
		c := bigCloud(b, filepath.Join(b.TempDir(), "state"))
		d := login(b, c)
		network := d.idOf(b, "/network/v2.0/networks?name=private", "networks")
		image := d.idOf(b, "/image/v2/images?name=tiny", "images")
		var took []time.Duration
		for i := range 10_000 {
			took = append(took, d.machine(b, network, image, i))
		}
		slices.Sort(took)
		start := time.Now()
		d.idOf(b, "/compute/v2.1/servers?tags=run-7777", "servers")
		found := time.Since(start)
		start = time.Now()
		d.call(b, http.MethodGet, "/compute/v2.1/servers/detail", nil, nil)
		page := time.Since(start)
		runtime.GC()
		var mem runtime.MemStats
		runtime.ReadMemStats(&mem)
		b.ReportMetric(float64(mem.HeapAlloc)/(1<<20), "heap-MiB")
		b.ReportMetric(float64(mem.Sys)/(1<<20), "sys-MiB")
		b.ReportMetric(float64(took[len(took)/2].Microseconds()), "create-p50-us")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "create-p99-us")
		b.ReportMetric(float64(took[len(took)-1].Microseconds()), "create-max-us")
		b.ReportMetric(float64(found.Microseconds()), "find-by-tag-us")
		b.ReportMetric(float64(page.Microseconds()), "page-of-1000-us")
	}
}

// BenchmarkServerCreate is one create of a port and a server in a small cloud.
func BenchmarkServerCreate(b *testing.B) {
	c := bigCloud(b, filepath.Join(b.TempDir(), "state"))
	require.NoError(b, c.Configure(func(s *devcloud.Settings) { s.Hosts = 100_000 }))
	d := login(b, c)
	network := d.idOf(b, "/network/v2.0/networks?name=private", "networks")
	image := d.idOf(b, "/image/v2/images?name=tiny", "images")
	b.ResetTimer()
	for i := range b.N {
		d.machine(b, network, image, i)
	}
}

func TestRaisedQuotasAndHostsHoldManyServers(t *testing.T) {
	c := bigCloud(t, "")
	d := login(t, c)
	network := d.idOf(t, "/network/v2.0/networks?name=private", "networks")
	image := d.idOf(t, "/image/v2/images?name=tiny", "images")
	for i := range 1100 {
		d.machine(t, network, image, i)
	}
	var first struct {
		Servers []struct{ ID, Status string }
		Links   []struct{ Href string } `json:"servers_links"`
	}
	d.call(t, http.MethodGet, "/compute/v2.1/servers/detail", nil, &first)
	require.Len(t, first.Servers, 1000, "nova's largest page")
	require.NotEmpty(t, first.Links)
	d.call(t, http.MethodGet, "/compute/v2.1/servers/detail?status=ERROR", nil, &first)
	require.Empty(t, first.Servers)
}
