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

// HexID is an id in keystone's form.
func HexID() string { return strings.ReplaceAll(uuid.NewString(), "-", "") }

// StableID is an id that is the same in every cloud.
func StableID(of string) string {
	return strings.ReplaceAll(uuid.NewSHA1(uuid.NameSpaceURL, []byte("devcloud:"+of)).String(), "-", "")
}

// OrNull is the text, or null for none.
func OrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func RandomText() string {
	b := make([]byte, 16)
	rand.Read(b) //nolint:errcheck // it never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// MicroTime is a time as keystone, cinder and parts of nova write it.
func MicroTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000") }

// NetTime is a time as neutron, glance and parts of nova write it.
func NetTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// ReadNumber reads what clients send as a number or as its text; null is -1.
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

// QuotePython writes JSON as nova's messages quote it.
func QuotePython(raw json.RawMessage) string { return strings.ReplaceAll(string(raw), `"`, "'") }

// MaxText is how many characters names, descriptions of neutron and cinder, and metadata
// may have.
const MaxText = 255

var metadataKey = regexp.MustCompile(`^[a-zA-Z0-9-_:. ]{1,255}$`)

func BadField(name string, value any, format string, a ...any) error {
	return Fail(http.StatusBadRequest, "Invalid input for field/attribute %s. Value: %v. %s", name, value,
		fmt.Sprintf(format, a...))
}

// CheckMetadata is what nova and cinder ask of metadata.
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
