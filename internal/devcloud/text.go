package devcloud

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Longest texts, in characters.
const (
	maxText = 255 // names, descriptions of neutron and cinder, metadata
	maxTag  = 60  // tags of servers
)

var (
	metadataKey = regexp.MustCompile(`^[a-zA-Z0-9-_:. ]{1,255}$`)
	serverTag   = regexp.MustCompile(`^[^,/]*$`)
)

func badField(name string, value any, format string, a ...any) error {
	return fail(http.StatusBadRequest, "Invalid input for field/attribute %s. Value: %v. %s", name, value, fmt.Sprintf(format, a...))
}

// checkName is what nova asks of names.
func checkName(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return badField("name", name, "'%s' is too short", name)
	case n > maxText:
		return badField("name", name, "'%s' is too long", name)
	case strings.TrimSpace(name) != name:
		return fail(http.StatusBadRequest, "An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace.")
	}
	return nil
}

// checkMetadata is what nova and cinder ask of metadata.
func checkMetadata(m map[string]string) error {
	for k, v := range m {
		if !metadataKey.MatchString(k) {
			raw, _ := json.Marshal(m)
			return badField("metadata", python(raw), "'%s' does not match any of the regexes: '%s'", k, metadataKey)
		}
		if utf8.RuneCountInString(v) > maxText {
			return badField(k, v, "'%s' is too long", v)
		}
	}
	return nil
}

// checkTags is what nova asks of the tags of a server.
func checkTags(tags []string) error {
	if len(tags) > 50 {
		return badField("tags", tags, "%v is too long", tags)
	}
	for i, t := range tags {
		switch n := utf8.RuneCountInString(t); {
		case n == 0:
			return badField(fmt.Sprint(i), t, "'%s' is too short", t)
		case n > maxTag:
			return badField(fmt.Sprint(i), t, "'%s' is too long", t)
		case !serverTag.MatchString(t):
			return badField(fmt.Sprint(i), t, "'%s' does not match '%s'", t, serverTag)
		}
	}
	return nil
}

// checkVolumeText is what cinder asks of names and descriptions.
func checkVolumeText(texts map[string]*string) error {
	for field, text := range texts {
		if text == nil {
			continue
		}
		if n := utf8.RuneCountInString(*text); n > maxText {
			return fail(http.StatusBadRequest, "Invalid input received: %s has %d characters, more than %d.", field, n, maxText)
		}
	}
	return nil
}

// checkNetTags is what neutron asks of tags.
func checkNetTags(tags ...string) error {
	for _, t := range tags {
		if utf8.RuneCountInString(t) > maxText {
			return badInput("'%s' exceeds maximum length of %d", t, maxText)
		}
	}
	return nil
}
