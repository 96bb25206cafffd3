//go:build e2e

package test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// cpuTime returns the processor time that the engine and this process, which is worker
// and client, have used so far. Unlike the wall time, it does not depend on what else the
// machine does.
func cpuTime(b *testing.B) time.Duration {
	var self syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &self))
	return time.Duration(self.Utime.Nano()+self.Stime.Nano()) + engineCPU(b)
}

// engineCPU reads the engine's own processor time, which Linux counts in hundredths of a
// second.
func engineCPU(b *testing.B) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", theStage.PID()))
	require.NoError(b, err)
	_, rest, _ := strings.Cut(string(stat), ") ") // after the name, from the third field on
	fields := strings.Fields(rest)
	var ticks int
	for _, at := range []int{14 - 3, 15 - 3} { // utime and stime
		n, err := strconv.Atoi(fields[at])
		require.NoError(b, err)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
