package devcloud

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// walker sends random calls and remembers what it created.
type walker struct {
	t             *testing.T
	c             *Cloud
	token         string
	rnd           *rand.Rand
	ids           map[string][]string // by collection path
	nets          []string
	public, image string
}

func newWalker(t *testing.T, c *Cloud, seed uint64) *walker {
	w := &walker{t: t, c: c, rnd: rand.New(rand.NewPCG(seed, seed)), ids: map[string][]string{}}
	w.logIn()
	for _, name := range []string{"private", "private2"} {
		w.nets = append(w.nets, w.idOf("/network/v2.0/networks", "networks", name))
	}
	w.public = w.idOf("/network/v2.0/networks", "networks", "public")
	w.image = w.idOf("/image/v2/images", "images", "tiny")
	return w
}

// logIn gets a token of the user and project demo.
func (w *walker) logIn() {
	raw, err := json.Marshal(obj{"auth": obj{
		"identity": obj{"methods": []string{"password"},
			"password": obj{"user": obj{"name": "demo", "password": Password}}},
		"scope": obj{"project": obj{"name": "demo"}},
	}})
	require.NoError(w.t, err)
	rec := httptest.NewRecorder()
	w.c.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/identity/v3/auth/tokens", bytes.NewReader(raw)))
	require.Equal(w.t, http.StatusCreated, rec.Code, rec.Body.String())
	w.token = rec.Header().Get("X-Subject-Token")
}

// idOf finds the only visible object of a collection with a name.
func (w *walker) idOf(path, many, name string) string {
	all, _ := w.call(http.MethodGet, path+"?name="+name, nil)[many].([]any)
	require.Len(w.t, all, 1, name)
	return all[0].(map[string]any)["id"].(string)
}

func (w *walker) call(method, path string, body any) obj {
	raw, err := json.Marshal(body)
	require.NoError(w.t, err)
	r := httptest.NewRequest(method, path, bytes.NewReader(raw))
	r.Header.Set("X-Auth-Token", w.token)
	r.Header.Set("OpenStack-API-Version", "compute 2.93, volume 3.70")
	rec := httptest.NewRecorder()
	w.c.ServeHTTP(rec, r)
	require.Less(w.t, rec.Code, 500, rec.Body.String())
	out := obj{}
	json.Unmarshal(rec.Body.Bytes(), &out) //nolint:errcheck // some answers have no body
	return out
}

const (
	portsAt   = "/network/v2.0/ports"
	fipsAt    = "/network/v2.0/floatingips"
	serversAt = "/compute/v2.1/servers"
	volumesAt = "/volume/v3/p/volumes"
)

// make creates something and keeps its id when that went well.
func (w *walker) make(path, one string, in obj) {
	out, _ := w.call(http.MethodPost, path, obj{one: in})[one].(map[string]any)
	if id, ok := out["id"].(string); ok {
		w.ids[path] = append(w.ids[path], id)
	}
}

// any is one of the ids of a collection, or one that does not exist.
func (w *walker) any(path string) string {
	if list := w.ids[path]; len(list) > 0 {
		return list[w.rnd.IntN(len(list))]
	}
	return "00000000-0000-0000-0000-000000000000"
}

func (w *walker) net() string { return w.nets[w.rnd.IntN(len(w.nets))] }

func (w *walker) step(i int) {
	switch w.rnd.IntN(13) {
	case 0, 1:
		w.make(portsAt, "port", obj{"network_id": w.net(), "name": fmt.Sprint("p", i)})
	case 2:
		w.make(volumesAt, "volume", obj{"size": 1 + w.rnd.IntN(3), "imageRef": w.image})
	case 3:
		w.make(fipsAt, "floatingip", obj{"floating_network_id": w.public, "port_id": w.any(portsAt)})
	case 4:
		w.make(serversAt, "server",
			obj{"name": fmt.Sprint("s", i), "flavorRef": []string{"0", "3", "99"}[w.rnd.IntN(3)], "imageRef": w.image,
				"networks": []obj{{"port": w.any(portsAt)}}})
	case 5:
		w.make(serversAt, "server",
			obj{"name": fmt.Sprint("b", i), "flavorRef": "0", "networks": []obj{{"uuid": w.net()}},
				"block_device_mapping_v2": []obj{
					{"uuid": w.any(volumesAt), "source_type": "volume", "destination_type": "volume", "boot_index": 0,
						"delete_on_termination": w.rnd.IntN(2) == 0},
					{"source_type": "blank", "destination_type": "volume", "volume_size": 1, "boot_index": -1,
						"delete_on_termination": true}}})
	case 6:
		w.call(http.MethodPost, serversAt+"/"+w.any(serversAt)+"/os-volume_attachments",
			obj{"volumeAttachment": obj{"volumeId": w.any(volumesAt)}})
	case 7:
		w.call(http.MethodDelete, serversAt+"/"+w.any(serversAt)+"/os-volume_attachments/"+w.any(volumesAt), nil)
	case 8:
		w.call(http.MethodPost, serversAt+"/"+w.any(serversAt)+"/os-interface",
			obj{"interfaceAttachment": obj{"net_id": w.net()}})
	case 9:
		w.call(http.MethodDelete, fipsAt+"/"+w.any(fipsAt), nil)
	default:
		at := []string{portsAt, volumesAt, serversAt}[w.rnd.IntN(3)]
		w.call(http.MethodDelete, at+"/"+w.any(at), nil)
	}
}

// empty deletes all created resources. It does so twice, as some hold others.
func (w *walker) empty() {
	for range 2 {
		for _, at := range []string{serversAt, fipsAt, portsAt, volumesAt} {
			for _, id := range w.ids[at] {
				w.call(http.MethodDelete, at+"/"+id, nil)
			}
		}
	}
}

// What is kept beside the objects (addresses, host loads, usage) must be what a
// restart computes from them; and when all is deleted nothing may be left.
func TestDerivedStateNeverDrifts(t *testing.T) {
	for seed := range uint64(8) {
		file := filepath.Join(t.TempDir(), "state")
		c, err := Open(Options{File: file})
		require.NoError(t, err)
		before, free := c.Inventory(), c.neutron.AddressesInUse()
		w := newWalker(t, c, seed)
		for i := range 300 {
			w.step(i)
		}
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		list := c.Inventory()
		require.NoError(t, os.WriteFile(file+"2", raw, 0o600))
		again, err := Open(Options{File: file + "2"})
		require.NoError(t, err)
		require.Equal(t, list, again.Inventory(), "seed %d", seed)
		require.Equal(t, again.neutron.AddressesInUse(), c.neutron.AddressesInUse(), "seed %d", seed)
		again.store.EachUse(func(project, resource string, n int) {
			require.Equal(t, n, c.store.Used(project, resource), "seed %d: %s", seed, resource)
		})
		require.Equal(t, again.nova.HostLoads(), c.nova.HostLoads(), "seed %d", seed)
		require.NoError(t, again.Close())

		w.empty()
		require.Equal(t, before, c.Inventory(), "seed %d", seed)
		require.Equal(t, free, c.neutron.AddressesInUse(), "seed %d", seed)
		for _, h := range c.nova.HostLoads() {
			require.Zero(t, h, "seed %d", seed)
		}
		require.NoError(t, c.Close())
	}
}
