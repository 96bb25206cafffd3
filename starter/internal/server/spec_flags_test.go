package server

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"novaflow/saga/sagacodec"
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/term"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

func TestParseNetwork(t *testing.T) {
	for text, want := range map[string]server.PortSpec{
		"private":                   {Network: "private"},
		"private,ip=10.0.0.5":       {Network: "private", FixedIP: "10.0.0.5"},
		"private,ip=fd00::1":        {Network: "private", FixedIP: "fd00::1"},
		"private,ip=10.0.0.5,ip=::": {Network: "private", FixedIP: "10.0.0.5", FixedIPs: []server.FixedIP{{IP: "::"}}},
		"private,subnet=a,subnet=b": {Network: "private", FixedIPs: []server.FixedIP{{Subnet: "a"}, {Subnet: "b"}}},
		"private,mac=fa:16:3e:0:0:1,security-group=web,security-group=db": {
			Network: "private", MAC: "fa:16:3e:0:0:1", SecurityGroups: []string{"web", "db"},
		},
		"private,allowed-address=10.1.0.0/16,allowed-address=::1@fa:16:3e:00:00:01": {
			Network: "private", AllowedAddresses: []server.AddressPair{{IP: "10.1.0.0/16"},
				{IP: "::1", MAC: "fa:16:3e:00:00:01"}},
		},
		"private,port-security=off": {Network: "private", NoPortSecurity: true},
		"private,port-security=no":  {},
		"private,ip=10.0.0":         {},
		"private,addr=1.2.3.4":      {},
		"private,ip=":               {},
	} {
		got, err := parseNetwork(text)
		check(t, text, want, got, err)
	}
}

func TestParseNIC(t *testing.T) {
	for text, want := range map[string]server.PortSpec{
		"net-id=private":                        {Network: "private"},
		"net-name=private,v4-fixed-ip=10.1.1.1": {Network: "private", FixedIP: "10.1.1.1"},
		"port-id=mine":                          {Port: "mine"},
		"port-id=mine,net-id=private":           {},
		"v4-fixed-ip=10.1.1.1":                  {},
		"none":                                  {},
		"auto":                                  {},
	} {
		got, err := parseNIC(text)
		check(t, text, want, got, err)
	}
}

func TestParseVolume(t *testing.T) {
	for text, want := range map[string]server.VolumeSpec{
		"10": {Size: 10}, "10,type=ssd": {Size: 10, Type: "ssd"}, "ten": {Volume: "ten"}, "web.*": {Volume: "web.*"},
		"-1": {}, "0": {}, "10,ssd": {}, "": {}, "ten,type=ssd": {}, "10,type=": {},
	} {
		got, err := parseVolume("--volume", text)
		check(t, text, want, got, err)
	}
}

func TestParseReady(t *testing.T) {
	for text, want := range map[string]spec.Probe{
		"tcp:22": {Protocol: "tcp", Port: 22}, "HTTP:80": {Protocol: "http", Port: 80},
		"https:443/health?a=b": {Protocol: "https", Port: 443, Path: "/health?a=b"},
		"tcp":                  {}, "tcp:": {}, "http:/": {}, "22": {}, "": {},
	} {
		got, err := parseReady(text)
		check(t, text, want, got, err)
	}
}

// check expects an error that names the text where want is zero.
func check[T any](t *testing.T, text string, want, got T, err error) {
	t.Helper()
	if reflect.ValueOf(want).IsZero() {
		require.ErrorContains(t, err, `"`+text+`"`)
		return
	}
	require.NoError(t, err, text)
	require.Equal(t, want, got, text)
}

// flags reads a command line as the command does.
func parseFlags(t testing.TB, args ...string) *specFlags {
	t.Helper()
	f := &specFlags{seal: func([]byte) (sagacodec.Secret, error) { return sagacodec.Secret{}, sagacodec.ErrNoKeys }}
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.add(set)
	require.NoError(t, set.Parse(args))
	return f
}

var onC = spec.RunOptions{Cloud: "c"}

// All mistakes in a request must be reported at once, not one per try.
func TestAllMistakesOfARequestAreReportedTogether(t *testing.T) {
	_, err := parseFlags(t, "--network", "private,ip=x", "--volume", "-1", "--ingress", "tcp").spec(onC, "web-1")
	require.Len(t, strings.Split(err.Error(), "\n"), 5, "the three, no image and no flavor, and none twice:\n%v", err)
	require.ErrorContains(t, err, "image: missing")
	_, err = parseFlags(t, "--boot-volume", "-1").spec(onC, "web-1")
	for _, word := range []string{"image", "flavor", "network", "--boot-volume"} {
		require.ErrorContains(t, err, word)
	}
}

// Each flag that takes what can be wrong says what is wrong with it, in one line.
func TestWrongFlagsOfAServer(t *testing.T) {
	dir := t.TempDir()
	private, large := filepath.Join(dir, "private"), filepath.Join(dir, "large")
	require.NoError(t, os.WriteFile(private, []byte("-----BEGIN OPENSSH PRIVATE KEY-----\n"), 0o600))
	require.NoError(t, os.WriteFile(large, make([]byte, 50_000), 0o600))
	for line, want := range map[string]string{
		"--snapshot s":                                   "a server boots from one source, not from image and snapshot",
		"--boot-volume mine":                             "a server boots from one source, not from image and volume",
		"--boot-volume mine,type=ssd":                    `--boot-volume "mine,type=ssd": "mine" is no size in GiB`,
		"--volume mine --volume mine":                    `volume 1: "mine" is another volume of the server already`,
		"--port mine --port mine":                        `port 2: "mine" is another port of the server already`,
		"--port a,b":                                     `--port "a,b": want the name or id`,
		"--nic none":                                     `--nic "none": cannot read`,
		"--network n,mac=1":                              `"1" is no MAC address`,
		"--network n,allowed-address=10.0.0":             `allowed address "10.0.0" is neither an address nor in CIDR form`,
		"--network n,security-group=a,port-security=off": "without port security it takes neither security groups",
		"--network n,ip=10.0.0.1,ip=10.0.0.1 --network n,ip=10.0.0.1": "fixed IP 10.0.0.1 on n is another port's " +
			"already",
		"--flavor f":            `fallback flavor: "f" is the flavor that is tried first`,
		"--flavor g --flavor g": `fallback flavor 1: "g" is there twice`,
		"--availability-zone a --availability-zone a":     `fallback zone: "a" is the zone that is tried first`,
		"--security-group a --security-group a":           `security group 1: "a" is there twice`,
		"--server-group g --server-group-policy affinity": `server group: "g" exists and has a policy`,
		"--server-group-policy love":                      `server group policy: "love" is not one of affinity`,
		"--public-key " + private:                         "public key: this is a private key",
		"--public-key " + private + " --key-name a/b":     `key name: "a/b"`,
		"--public-key " + dir + "/none":                   "no such file",
		"--user-data " + large:                            "has 50000 bytes, and nova takes 49149",
		"--user-data " + private:                          "no key for encryption is configured",
		"--property a":                                    `--property "a": want KEY=VALUE`,
		"--property a=1 --property a=2":                   `--property "a=2": want KEY=VALUE, each key once`,
		"--property a/b=1":                                `property "a/b": the name must have`,
		"--property novaflow_mark=x":                      "names that begin with novaflow_ are novaflow's own",
		"--tag a,b":                                       `tag 0: "a,b" has more than`,
		"--tag nf-1":                                      "tags that begin with nf- are novaflow's own",
		"--hostname a.b":                                  `hostname: "a.b" is no host name`,
		"--ready udp:53":                                  `ready 0: protocol "udp" is not tcp, http or https`,
		"--ready tcp:22/x":                                "only http and https have one",
		"--ready tcp:70000":                               "port 70000 is not between 1 and 65535",
		"--ready tcp:22 --ready tcp:22":                   "ready 1: tcp:22 is there twice",
		"--ready-timeout 1m":                              "there is nothing to be ready for",
		"--ready-timeout -1m --ready tcp:22":              "ready within: -1m0s is negative",
	} {
		t.Run(line, func(t *testing.T) {
			args := append([]string{"--image", "i", "--flavor", "f", "--network", "private"}, strings.Fields(line)...)
			if strings.HasPrefix(line, "--availability-zone") {
				args = append(args, "--availability-zone", "b")
			}
			_, err := parseFlags(t, args...).spec(onC, "web-1")
			require.ErrorContains(t, err, want)
		})
	}
}

// The command of openstack boots from a named volume without an image. It keeps the order
// of interfaces of the command line.
func TestFlagsAsTheOpenstackCommandHasThem(t *testing.T) {
	s, err := parseFlags(t, "--flavor", "f", "--volume", "boot", "--volume", "data", "--volume", "5", "--nic",
		"port-id=p", "--network", "n", "--port", "q").spec(onC, "web-1")
	require.NoError(t, err)
	require.Equal(t, "boot", s.BootFrom)
	require.Equal(t, []server.VolumeSpec{{Volume: "data"}, {Size: 5}}, s.Volumes)
	require.Equal(t, []server.PortSpec{{Port: "p"}, {Network: "n"}, {Port: "q"}}, s.Ports)
	s, err = parseFlags(t, "--image", "i", "--flavor", "f", "--flavor", "g", "--boot-from-volume", "7,type=ssd",
		"--volume", "data", "--network", "n").spec(onC, "web-1")
	require.NoError(t, err)
	require.Equal(t, 7, s.BootVolume)
	require.Equal(t, "ssd", s.BootType)
	require.Equal(t, []server.VolumeSpec{{Volume: "data"}}, s.Volumes)
	require.Equal(t, []string{"g"}, s.FallbackFlavors)
}

// Whatever is typed, the parsers neither panic nor take what Validate refuses for
// good: what they accept can be written again.
func FuzzServerFlags(f *testing.F) {
	for _, seed := range []string{"private,ip=10.0.0.5", "net-id=n,port-id=p", "10,type=ssd", "tcp:22:10.0.0.0/8",
		"http:80/health", "a=b", ",,,", "=,=", "x,ip=::,ip=%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := parseNetwork(text); err == nil && strings.Contains(p.Network, ",") {
			t.Errorf("%q: network %q", text, p.Network)
		}
		if p, err := parseNIC(text); err == nil && (p.Network == "") == (p.Port == "") {
			t.Errorf("%q: %+v is neither network nor port", text, p)
		}
		if v, err := parseVolume("--volume", text); err == nil && (v.Size > 0) == (v.Volume != "") {
			t.Errorf("%q: %+v is neither size nor volume", text, v)
		}
		if r, err := change.ParseIngress(text); err == nil {
			if again, err := change.ParseIngress(r.String()); err != nil || again != r {
				t.Errorf("%q: rule %+v is written %q, which is %+v, %v", text, r, r, again, err)
			}
		}
		if p, err := parseReady(text); err == nil && p.Port > 0 {
			if again, err := parseReady(p.String()); err != nil || again != p {
				t.Errorf("%q: probe %+v is written %q, which is %+v, %v", text, p, p, again, err)
			}
		}
		_, err := parseFlags(t, "--image=i", "--flavor=f", "--network="+text, "--volume="+text, "--property="+text,
			"--ready="+text, "--tag="+text).spec(onC, "web-1")
		var wrong *term.Exit
		if errors.As(err, &wrong) && term.Code(err) != term.ExitUsage {
			t.Errorf("%q: %v is not the user's mistake", text, err)
		}
	})
}
