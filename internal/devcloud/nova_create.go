package devcloud

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// serverRequest is the body of POST /servers.
type serverRequest struct {
	Name        string            `json:"name"`
	Flavor      json.RawMessage   `json:"flavorRef"`
	Image       string            `json:"imageRef"`
	Networks    json.RawMessage   `json:"networks"`
	Key         string            `json:"key_name"`
	Metadata    map[string]string `json:"metadata"`
	Tags        []string          `json:"tags"`
	Description string            `json:"description"`
	Hostname    string            `json:"hostname"`
	Drive       any               `json:"config_drive"`
	Groups      []nameOrID        `json:"security_groups"`
	Mappings    []blockDevice     `json:"block_device_mapping_v2"`
	Min         any               `json:"min_count"`
	Max         any               `json:"max_count"`
	AdminPass   string            `json:"adminPass"`
	UserData    string            `json:"user_data"`
	Zone        string            `json:"availability_zone"`
}

type blockDevice struct {
	UUID        string `json:"uuid"`
	Source      string `json:"source_type"`
	Destination string `json:"destination_type"`
	Boot        any    `json:"boot_index"`
	Size        any    `json:"volume_size"`
	Delete      bool   `json:"delete_on_termination"`
	Type        string `json:"volume_type"`
	Tag         string `json:"tag"`
}

// number reads what clients send as a number or as its text; null is -1.
func number(v any) int {
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

func (b *blockDevice) boots() bool { return number(b.Boot) == 0 }

type networkRequest struct {
	UUID  string `json:"uuid"`
	Port  string `json:"port"`
	Fixed string `json:"fixed_ip"`
	Tag   string `json:"tag"`
}

// since says from which microversion POST /servers knows an attribute.
var since = map[string]int{"description": 19, "tags": 52, "trusted_image_certificates": 63, "host": 74, "hypervisor_hostname": 74, "hostname": 90}

var serverAttributes = strings.Fields(`name flavorRef imageRef networks key_name metadata tags description hostname config_drive security_groups
	block_device_mapping block_device_mapping_v2 min_count max_count adminPass user_data availability_zone OS-DCF:diskConfig accessIPv4 accessIPv6
	personality return_reservation_id trusted_image_certificates host hypervisor_hostname`)

func readServerRequest(q *request) (*serverRequest, string, error) {
	var body struct {
		Server json.RawMessage            `json:"server"`
		Hints  map[string]json.RawMessage `json:"os:scheduler_hints"`
		Hints2 map[string]json.RawMessage `json:"OS-SCH-HNT:scheduler_hints"`
	}
	var raw map[string]json.RawMessage
	in := &serverRequest{}
	if err := q.decode(&body); err != nil {
		return nil, "", err
	}
	bad := func(format string, a ...any) error {
		return fail(http.StatusBadRequest, "Invalid input for field/attribute server. Value: %s. %s", python(body.Server), fmt.Sprintf(format, a...))
	}
	if json.Unmarshal(body.Server, &raw) != nil {
		return nil, "", bad("'server' is a required property")
	}
	for k := range raw {
		if !slices.Contains(serverAttributes, k) || q.minor < since[k] {
			return nil, "", bad("Additional properties are not allowed ('%s' was unexpected)", k)
		}
	}
	need := []string{"name", "flavorRef"}
	if q.minor >= 37 {
		need = append(need, "networks")
	}
	for _, k := range need {
		if _, ok := raw[k]; !ok {
			return nil, "", bad("'%s' is a required property", k)
		}
	}
	if err := json.Unmarshal(body.Server, in); err != nil {
		return nil, "", bad("%v", err)
	}
	for _, err := range []error{checkName(in.Name), checkMetadata(in.Metadata), checkTags(in.Tags), checkUserData(in.UserData)} {
		if err != nil {
			return nil, "", err
		}
	}
	if body.Hints == nil {
		body.Hints = body.Hints2
	}
	var group string
	json.Unmarshal(body.Hints["group"], &group) //nolint:errcheck // no hint, no group
	return in, group, nil
}

// builder serves POST /servers: it checks all of a request and then begins to build.
type builder struct{ *Servers }

// createServer checks all of a request before its first effect, as nova does.
func (c builder) createServer(q *request) (any, error) {
	in, group, err := readServerRequest(q)
	if err != nil {
		return nil, err
	}
	if number(in.Min) > 1 || number(in.Max) > 1 {
		return nil, fail(http.StatusBadRequest, "devcloud makes one server a request; ask for them one by one")
	}
	s := &server{meta: meta{ID: uuid.NewString(), Name: in.Name, Project: q.tok.Project, Description: in.Description, Tags: sorted(in.Tags), Status: "BUILD",
		Created: q.now, Updated: q.now}, User: q.tok.User, Key: in.Key, Metadata: in.Metadata, Hostname: in.Hostname, Task: "scheduling", Host: -1, Group: group,
		Drive: in.Drive == true || in.Drive == "true" || in.Drive == "True", Zone: in.Zone, UserData: in.UserData}
	if s.Hostname == "" {
		s.Hostname = strings.ToLower(strings.Trim(badHostname.ReplaceAllString(in.Name, "-"), "-"))
	}
	plan, err := c.planServer(q, s, in)
	if err != nil {
		return nil, err
	}
	c.build(q, s, plan)
	pass := in.AdminPass
	if pass == "" {
		pass = randomText()[:12]
	}
	groups := []obj{}
	for _, g := range in.Groups {
		groups = append(groups, obj{"name": g.Name})
	}
	if len(groups) == 0 {
		groups = []obj{{"name": "default"}}
	}
	q.header.Set("Location", q.links("servers", s.ID)[0]["href"].(string))
	return obj{"server": obj{"id": s.ID, "links": q.links("servers", s.ID), "OS-DCF:diskConfig": "MANUAL", "security_groups": groups, "adminPass": pass}}, nil
}

// stamp notes an action on the server.
func (s *server) stamp(q *request, action string) {
	s.Actions = append(slices.Clone(s.Actions), serverAction{Name: action, Request: q.id, User: q.tok.User, Start: q.now.Truncate(time.Second)})
	s.Updated = q.now
}

// longestUserData is nova's limit, in base64.
const longestUserData = 65535

// checkUserData refuses what nova refuses, and quotes it as nova does.
func checkUserData(text string) error {
	if len(text) > longestUserData {
		return fail(http.StatusBadRequest, "Invalid input for field/attribute user_data. Value: %s. '%s' is too long", text, text)
	}
	if _, err := base64.StdEncoding.DecodeString(text); err != nil {
		return fail(http.StatusBadRequest, "Invalid input for field/attribute user_data. Value: %s. '%s' is not a 'base64'", text, text)
	}
	return nil
}
