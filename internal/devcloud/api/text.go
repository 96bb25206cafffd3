package api

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// HexID returns a new id in keystone's form.
func HexID() string { return strings.ReplaceAll(uuid.NewString(), "-", "") }

// StableID derives an id that is the same in every cloud.
func StableID(of string) string {
	return strings.ReplaceAll(uuid.NewSHA1(uuid.NameSpaceURL, []byte("devcloud:"+of)).String(), "-", "")
}

// OrNull returns the text, or null if it is empty.
func OrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// RandomText returns 22 random characters.
func RandomText() string {
	b := make([]byte, 16)
	rand.Read(b) //nolint:errcheck // it never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// MicroTime formats a time as keystone, cinder and parts of nova do.
func MicroTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000") }

// NetTime formats a time as neutron, glance and parts of nova do.
func NetTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// ReadNumber reads what clients send as a number or as its text. It returns -1 for null.
func ReadNumber(v any) int {
	switch n := v.(type) {
	case float64:
		return int(n)
	case string:
		i := -1
		fmt.Sscan(n, &i) //nolint:errcheck // text that is no number leaves -1
		return i
	}
	return -1
}

// QuotePython formats JSON as nova's messages quote it.
func QuotePython(raw json.RawMessage) string { return strings.ReplaceAll(string(raw), `"`, "'") }

// MaxText is the longest name, description of neutron or cinder, and value of metadata,
// in characters.
const MaxText = 255

var metadataKey = regexp.MustCompile(`^[a-zA-Z0-9-_:. ]{1,255}$`)

// BadField returns the error of nova and cinder for a field of a request.
func BadField(name string, value any, format string, a ...any) error {
	return Fail(http.StatusBadRequest, "Invalid input for field/attribute %s. Value: %v. %s", name, value,
		fmt.Sprintf(format, a...))
}

// CheckMetadata refuses metadata that nova and cinder refuse.
func CheckMetadata(m map[string]string) error {
	for k, v := range m {
		if !metadataKey.MatchString(k) {
			raw, _ := json.Marshal(m)
			return BadField("metadata", QuotePython(raw), "'%s' does not match any of the regexes: '%s'", k,
				metadataKey)
		}
		if utf8.RuneCountInString(v) > MaxText {
			return BadField(k, v, "'%s' is too long", v)
		}
	}
	return nil
}
