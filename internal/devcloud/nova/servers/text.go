package servers

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"novaflow/internal/devcloud/api"
)

// longestUserData is nova's limit, in bytes of base64.
const longestUserData = 65535

// checkUserData refuses user data that nova refuses, and quotes it as nova does.
func checkUserData(text string) error {
	if len(text) > longestUserData {
		return api.Fail(http.StatusBadRequest,
			"Invalid input for field/attribute user_data. Value: %s. '%s' is too long", text, text)
	}
	if _, err := base64.StdEncoding.DecodeString(text); err != nil {
		return api.Fail(http.StatusBadRequest,
			"Invalid input for field/attribute user_data. Value: %s. '%s' is not a 'base64'", text, text)
	}
	return nil
}

// maxTag is how many characters a tag of a server may have.
const maxTag = 60

var serverTag = regexp.MustCompile(`^[^,/]*$`)

// checkName refuses names that nova refuses.
func checkName(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return api.BadField("name", name, "'%s' is too short", name)
	case n > api.MaxText:
		return api.BadField("name", name, "'%s' is too long", name)
	case strings.TrimSpace(name) != name:
		return api.Fail(http.StatusBadRequest,
			"An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with "+
				"whitespace.")
	}
	return nil
}

// checkTags refuses tags that nova refuses for a server.
func checkTags(tags []string) error {
	if len(tags) > 50 {
		return api.BadField("tags", tags, "%v is too long", tags)
	}
	for i, t := range tags {
		switch n := utf8.RuneCountInString(t); {
		case n == 0:
			return api.BadField(fmt.Sprint(i), t, "'%s' is too short", t)
		case n > maxTag:
			return api.BadField(fmt.Sprint(i), t, "'%s' is too long", t)
		case !serverTag.MatchString(t):
			return api.BadField(fmt.Sprint(i), t, "'%s' does not match '%s'", t, serverTag)
		}
	}
	return nil
}
