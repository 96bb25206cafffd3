package nova

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/activities/internal/cloud"
)

// Nova quotes the request that it refuses, whole or cut short; an error is in the
// run's history, and in the log.
func TestUserDataIsCutOutOfWhatNovaQuotes(t *testing.T) {
	secret := base64.StdEncoding.EncodeToString([]byte("#cloud-config\npassword: correct-horse\n"))
	for text, want := range map[string]string{
		"Value: " + secret + ". '" + secret + "' is too long": "Value: (user data). '(user data)' is too long",
		"Value: " + secret[:20] + "...":                       "Value: (user data)...",
		"..." + secret[10:] + " is bad":                       "...(user data) is bad",
		"No valid host was found.":                            "No valid host was found.",
	} {
		e := withoutUserData(&cloud.Error{Class: cloud.Terminal, Message: text}, secret)
		require.Equal(t, want, e.Error())
		require.Equal(t, cloud.Terminal, cloud.ClassOf(e))
	}
	require.Equal(t, "a (user data) b", cutOut("a YQ== b", "YQ=="), "a short one counts whole")
	require.NoError(t, withoutUserData(nil, secret))
	require.LessOrEqual(t, base64.StdEncoding.EncodedLen(MaxUserDataBytes), 65535)
	require.Greater(t, base64.StdEncoding.EncodedLen(MaxUserDataBytes+1), 65535-4)
	require.NotContains(t, cutOut(strings.Repeat(secret, 3), secret), "Y29y")
}
