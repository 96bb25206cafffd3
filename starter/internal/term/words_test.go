package term

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0.0 s", 240 * time.Millisecond: "0.2 s", 42 * time.Second: "42 s", 185 * time.Second: "3 min 05 s",
		130 * time.Minute: "2 h 10 min", 72 * time.Hour: "3 days",
	} {
		require.Equal(t, want, Duration(d))
	}
}
