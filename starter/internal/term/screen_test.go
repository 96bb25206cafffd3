package term

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScreenReplacesItsLastPictureInOneWrite(t *testing.T) {
	var out writes
	s := Screen{out: &out, height: func() int { return 4 }}
	s.Draw([]string{"head", "a"})
	s.Draw([]string{"head", "a", "b", "c", "d"})
	s.Last([]string{"head"})
	require.Equal(t, writes{
		"\rhead\x1b[K\n\ra\x1b[K\n\x1b[J",
		"\x1b[2A\rhead\x1b[K\n\r   ... 3 lines above\x1b[K\n\rd\x1b[K\n\x1b[J",
		"\x1b[3A\rhead\x1b[K\n\x1b[J",
	}, out)
}

// writes keeps each write apart.
type writes []string

func (w *writes) Write(p []byte) (int, error) { *w = append(*w, string(p)); return len(p), nil }
