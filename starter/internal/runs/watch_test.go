package runs

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// Of an upload of hours a log had one line, "0 %", until its end.
func TestAReportThatCountsOnIsToldOnceAMinute(t *testing.T) {
	told := newTransitions()
	var lines []string
	for second := 5; second <= 135; second += 5 {
		s := running()
		s.Now = at(float64(second))
		s.live = map[string]attempt{"boot-ready": {number: 1, report: s.Now.Format("05 % sent")}}
		lines = append(lines, told.news(s)...)
	}
	var counted []string
	for _, l := range lines {
		if bytes.Contains([]byte(l), []byte("% sent")) {
			counted = append(counted, l)
		}
	}
	require.Equal(t, []string{"      5.0 s  boot-ready: 05 % sent", " 1 min 05 s  boot-ready: 05 % sent",
		" 2 min 05 s  boot-ready: 05 % sent"}, counted)
}

// A log had a line for each second in which there was no worker.
func TestANoticeThatCountsOnIsToldOnce(t *testing.T) {
	var out bytes.Buffer
	v := &story{out: &out, transitions: newTransitions()}
	v.Show(running(), "")
	out.Reset()
	v.Show(running(), "no worker has taken up the run for 16 s")
	v.Show(running(), "no worker has taken up the run for 17 s")
	require.Equal(t, "no worker has taken up the run for 16 s\n", out.String())
}
