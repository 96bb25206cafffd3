package change

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// A key that nobody reads is a request that nobody meets: a misspelt floatingIP
// must not make a server without one.
func TestMistakesInASpecFileAreReportedTogetherWithTheirLines(t *testing.T) {
	text := `name: web-1
imag: tiny
flavor: 7
bootVolume: ten
ports:
  - network: private
    fixedIp: 10.0.0.4
  - private
volumes: {size: 1}
deadline: soon
name: web-2
`
	var s server.CreateSpec
	err := decodeSpec([]byte(text), &s)
	require.EqualError(t, err, `line 2: the request has no "imag": did you mean "image"?
line 3: flavor: 7 is not text (put it between quotes)
line 4: bootVolume: ten is not a whole number
line 7: ports[0] has no "fixedIp": did you mean "fixedIP"?
line 8: ports[1]: private is not a mapping
line 9: volumes: this is not a list
line 10: deadline: "soon" is no duration such as 90s, 10m or 1h30m
line 11: "name" is given twice, first in line 1`)
	require.Zero(t, s, "nothing of a file with mistakes is taken")
}

func TestSpecFileIsReadAsItIsPrinted(t *testing.T) {
	want := server.CreateSpec{
		RunOptions: spec.RunOptions{Cloud: "c", Deadline: spec.Duration(10 * time.Minute)}, Name: "web-1",
		Image: "tiny", Flavor: "m1.nano",
		Ports: []server.PortSpec{{Network: "private", FixedIP: "10.0.0.4"}}, Volumes: []server.VolumeSpec{{Size: 1}},
	}
	inJSON, err := json.Marshal(want)
	require.NoError(t, err)
	inYAML := "cloud: c\ndeadline: 10m\nname: web-1\nimage: tiny\nflavor: m1.nano\nports:\n- {network: private, " +
		"fixedIP: 10.0.0.4}\nvolumes: [{size: 1}]\n"
	for _, text := range []string{string(inJSON), inYAML} {
		var got server.CreateSpec
		require.NoError(t, decodeSpec([]byte(text), &got))
		require.Equal(t, want, got)
	}
}

// A date is a moment to YAML: properties: {patched: 2026-01-31} came out with a
// time of day that nobody wrote.
func TestADateInASpecFileStaysAsItWasWritten(t *testing.T) {
	var s server.CreateSpec
	require.NoError(t, decodeSpec([]byte("name: 2026-01-31\nproperties: {patched: 2026-01-31, at: 2026-01-31 "+
		"10:00:00}"), &s))
	require.Equal(t, "2026-01-31", s.Name)
	require.Equal(t, map[string]string{"patched": "2026-01-31", "at": "2026-01-31 10:00:00"}, s.Properties)
}

// A key that looks like a number ended in "json: unsupported type".
func TestAKeyInASpecFileIsText(t *testing.T) {
	var s server.CreateSpec
	require.NoError(t, decodeSpec([]byte("properties: {1: a, true: b, 2026-01-31: c}"), &s))
	require.Equal(t, map[string]string{"1": "a", "true": "b", "2026-01-31": "c"}, s.Properties)
}

// The bug: of two requests in a file only the first was started, without a message.
func TestASpecFileHoldsOneRequest(t *testing.T) {
	var s server.CreateSpec
	require.EqualError(t, decodeSpec([]byte("name: web-1\n---\nname: web-2\n"), &s),
		"line 2: a second document begins here: a file holds one request")
	require.NoError(t, decodeSpec([]byte("---\nname: web-1\n...\n"), &s))
}

// The bug: a deadline of 300 meant 300 nanoseconds, so the run reverted at once.
func TestADurationInASpecFileHasAUnit(t *testing.T) {
	var s server.CreateSpec
	require.EqualError(t, decodeSpec([]byte("name: web-1\ndeadline: 300\n"), &s),
		"line 2: deadline: 300 has no unit: want a duration such as 90s, 10m or 1h30m")
}

// Whatever a file holds, it is a request or an error, and never half of one.
func FuzzSpecFile(f *testing.F) {
	for _, seed := range []string{"name: a", "{}", "- 1", "a: &a [*a]", "name: ~\nports: [null]", "? {a: b}\n: c",
		"<<: {name: x}", "name: !!binary aGk=", "\x00", "ports: [{network: 1e400}]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s server.CreateSpec
		if err := decodeSpec([]byte(text), &s); err != nil {
			require.Zero(t, s)
			return
		}
		_, err := json.Marshal(s)
		require.NoError(t, err)
	})
}
