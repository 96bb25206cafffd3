package devcloud_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

// control calls the control API and decodes the answer into v.
func control(t *testing.T, method, url, kind, body string, v any) int {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", kind)
	r, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	if v != nil {
		require.NoError(t, json.Unmarshal(raw, v), string(raw))
	}
	return r.StatusCode
}

func TestControlAPI(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	at := k.url + "/devcloud/"
	var rules []devcloud.Fault
	text := "# as the fault files of other clouds\nnova POST /servers$ after:500 1\n\ncinder * .* delay:2.5 # slow\n"
	require.Equal(t, 200, control(t, "POST", at+"faults", "text/plain", text, &rules))
	require.Len(t, rules, 2)
	require.Equal(t, 200, control(t, "POST", at+"faults", "application/json",
		`{"service":"nova","method":"*","path":".*","action":"503","count":2}`, &rules))
	require.Len(t, rules, 3)
	require.Equal(t, 400, control(t, "POST", at+"faults", "text/plain", "nova POST ( 500", nil))
	require.Equal(t, 200, control(t, "DELETE", at+"faults", "", "", &rules))
	require.Empty(t, c.Faults())

	var list []devcloud.Object
	control(t, "GET", at+"inventory", "", "", &list)
	require.Equal(t, c.Inventory(), list)

	var s devcloud.Settings
	require.Equal(t, 200,
		control(t, "PUT", at+"settings", "application/json", `{"build_time":"2s","quotas":{"instances":7}}`, &s))
	require.Equal(t, 7, s.Quotas["instances"])
	require.Equal(t, 400, s.Quotas["cores"], "others stay")
	require.Equal(t, 3, s.Hosts)
	require.Equal(t, 400, control(t, "PUT", at+"settings", "application/json", `{"hosts":0}`, nil))

	var calls map[string]int
	k.port("x")
	control(t, "GET", at+"calls", "", "", &calls)
	require.Equal(t, 1, calls["neutron POST /ports"])
	control(t, "DELETE", at+"calls", "", "", nil)
	k.networkID("private")
	require.Equal(t, map[string]int{"neutron GET /networks": 1}, c.Calls())
}

func TestAddressInUseIsSaid(t *testing.T) {
	c := start(t, devcloud.Options{})
	_, err := c.Start("127.0.0.1:0")
	require.ErrorContains(t, err, "close it first")
	k := connect(t, c, "devcloud")
	d, err := devcloud.Open(devcloud.Options{})
	require.NoError(t, err)
	_, err = d.Start(strings.TrimPrefix(k.url, "http://"))
	require.Error(t, err)
	require.NoError(t, d.Close())
}
