package guestbook

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// The drawing on the page is the flow's own.
func TestTheDrawingOnThePageIsOfThisFlow(t *testing.T) {
	f, err := checkIn.Plan(ada)
	require.NoError(t, err)
	page, err := os.ReadFile("../../docs/writing-a-flow.md")
	require.NoError(t, err)
	require.Contains(t, string(page), "```mermaid\n"+f.Mermaid()+"```\n")
}
