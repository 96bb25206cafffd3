package cloud

import (
	"encoding/json"
	"html"
	"regexp"
	"strings"
)

// answerWords is what a service says in the body of an error.
type answerWords struct {
	envelope string // itemNotFound, NeutronError, error; "" if the body is not the service's own
	kind     string // neutron's type of the error, such as OverQuota
	message  string
}

// parseAnswer reads the error bodies of the services:
//
//	nova, cinder  {"itemNotFound": {"code": 404, "message": "..."}}
//	neutron       {"NeutronError": {"type": "PortNotFound", "message": "..."}}
//	keystone      {"error": {"code": 401, "message": "...", "title": "..."}}
//	glance        a page of HTML
func parseAnswer(body []byte) answerWords {
	var envelopes map[string]json.RawMessage
	if json.Unmarshal(body, &envelopes) != nil {
		return answerWords{message: pageText(string(body))}
	}
	for envelope, raw := range envelopes {
		var inner struct{ Type, Message string }
		if json.Unmarshal(raw, &inner) == nil && inner.Message != "" {
			return answerWords{envelope: envelope, kind: inner.Type, message: inner.Message}
		}
	}
	var plain struct{ Message string }
	_ = json.Unmarshal(body, &plain) // stays empty when it has none
	return answerWords{message: plain.Message}
}

// absence reports whether a 404 with these words says that the resource is
// absent. The same status from a proxy, or for an unknown path, does not.
func (w answerWords) absence(s Service) bool {
	switch s {
	case Nova, Cinder:
		return w.envelope == "itemNotFound"
	case Neutron:
		return w.envelope == "NeutronError" && w.kind != "HTTPNotFound" &&
			(strings.HasSuffix(w.kind, "NotFound") || w.kind == "RouterInterfaceNotFoundForSubnet")
	case Glance:
		return strings.Contains(w.message, "No image found") || strings.Contains(w.message, "Failed to find image") ||
			strings.Contains(w.message, "not found in the member list") || noImageForMember.MatchString(w.message)
	case Keystone:
		return w.envelope == "error"
	}
	return false
}

// noImageForMember is what glance says to a call about the members of an image.
var noImageForMember = regexp.MustCompile(`^Image \S+ not found\.`)

var (
	markup  = regexp.MustCompile(`(?s)<(title|head|style|script)\b.*?</(title|head|style|script)>|<[^>]*>`)
	heading = regexp.MustCompile(`^\d{3} [A-Z][A-Za-z ]*?(\s{2,}|$)`)
)

// pageText returns the text of an HTML page without its heading.
func pageText(page string) string {
	text := strings.TrimSpace(html.UnescapeString(markup.ReplaceAllString(page, "  ")))
	return strings.Join(strings.Fields(heading.ReplaceAllString(text, "")), " ")
}

// Shorten keeps long texts out of histories.
func Shorten(s string) string {
	const limit = 600
	s = strings.TrimSpace(s)
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "..."
	}
	return s
}
