package server

import (
	"encoding/base64"
	"maps"
	"regexp"
	"slices"
	"strings"

	"novaflow/workflows/spec"
)

// What nova takes, see its schemas of POST /servers and POST /os-keypairs.
var (
	keyPairName  = regexp.MustCompile(`^[A-Za-z0-9_-]([A-Za-z0-9 _-]*[A-Za-z0-9_-])?$`)
	propertyName = regexp.MustCompile(`^[A-Za-z0-9_:. -]{1,255}$`)
	hostName     = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
)

const (
	longText = 255 // of descriptions and values, in characters
	longTag  = 60
	mostTags = 49 // one more is ours
)

// checkGuest reports what is wrong with what the guest sees.
func (s CreateSpec) checkGuest(bad spec.Report) {
	s.checkKey(bad)
	if s.Hostname != "" && !hostName.MatchString(s.Hostname) {
		bad("hostname: %q is no host name of letters, digits and dashes, 63 at most", s.Hostname)
	}
	if len([]rune(s.Description)) > longText {
		bad("description: longer than %d characters", longText)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		switch value := s.Properties[name]; {
		case !propertyName.MatchString(name):
			bad("property %q: the name must have 1 to 255 letters, digits, spaces and characters of -_:.", name)
		case strings.HasPrefix(name, "novaflow_"):
			bad("property %q: names that begin with novaflow_ are novaflow's own", name)
		case len([]rune(value)) > longText:
			bad("property %q: the value is longer than %d characters", name, longText)
		}
	}
	spec.CheckList(bad, "tag", s.Tags)
	for i, tag := range s.Tags {
		if len([]rune(tag)) > longTag || strings.ContainsAny(tag, "/,") {
			bad("tag %d: %q has more than %d characters, a slash or a comma", i, tag, longTag)
		}
		if strings.HasPrefix(tag, "nf-") {
			bad("tag %d: %q: tags that begin with nf- are novaflow's own", i, tag)
		}
	}
	if len(s.Tags) > mostTags {
		bad("tags: %d are more than %d", len(s.Tags), mostTags)
	}
}

// checkKey reports what is wrong with the key pair.
func (s CreateSpec) checkKey(bad spec.Report) {
	if s.PublicKey == "" {
		return
	}
	switch {
	case s.KeyName == "":
		bad("key name: missing: give the key pair that is created from the public key a name")
	case !keyPairName.MatchString(s.KeyName) || len(s.KeyName) > longText:
		bad("key name: %q: a new key pair has a name of letters, digits, spaces, - and _ only", s.KeyName)
	}
	if strings.Contains(s.PublicKey, "PRIVATE KEY") {
		bad("public key: this is a private key, which must stay where it is: give the file that ends with .pub")
		return
	}
	if !isPublicKey(s.PublicKey) {
		bad("public key: want one line as ssh-keygen writes it to a file that ends with .pub: " +
			"a type, the key in base64 and a comment")
	}
}

// isPublicKey reports whether a text is a line of authorized_keys.
func isPublicKey(text string) bool {
	words := strings.Fields(text)
	if len(words) < 2 || strings.ContainsAny(strings.TrimSpace(text), "\r\n") || len(text) > 16<<10 {
		return false
	}
	raw, err := base64.StdEncoding.DecodeString(words[1])
	return err == nil && len(raw) > 4 && strings.HasPrefix(string(raw[4:]), words[0])
}

// Shown returns the request as people may see it. Of the user data it only says that
// there is some.
func (s CreateSpec) Shown() CreateSpec {
	s.UserData = s.UserData.Shown()
	return s
}
