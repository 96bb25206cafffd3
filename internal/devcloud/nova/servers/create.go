package servers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/nova/compute"
	"novaflow/internal/devcloud/store"
)

// createRequest is the body of POST /servers.
type createRequest struct {
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
	Groups      []api.NameOrID    `json:"security_groups"`
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

func (b *blockDevice) boots() bool { return api.ReadNumber(b.Boot) == 0 }

type networkRequest struct {
	UUID  string `json:"uuid"`
	Port  string `json:"port"`
	Fixed string `json:"fixed_ip"`
	Tag   string `json:"tag"`
}

// sinceMinor is the microversion from which POST /servers accepts an attribute.
var sinceMinor = map[string]int{"description": 19, "tags": 52, "trusted_image_certificates": 63, "host": 74,
	"hypervisor_hostname": 74, "hostname": 90}

var serverAttributes = strings.Fields(`
	name flavorRef imageRef networks key_name metadata tags description hostname config_drive
	security_groups block_device_mapping block_device_mapping_v2 min_count max_count adminPass user_data
	availability_zone OS-DCF:diskConfig accessIPv4 accessIPv6 personality return_reservation_id
	trusted_image_certificates host hypervisor_hostname`)

func readCreateRequest(q *api.Request) (*createRequest, string, error) {
	var body struct {
		Server json.RawMessage            `json:"server"`
		Hints  map[string]json.RawMessage `json:"os:scheduler_hints"`
		Hints2 map[string]json.RawMessage `json:"OS-SCH-HNT:scheduler_hints"`
	}
	var raw map[string]json.RawMessage
	in := &createRequest{}
	if err := q.Decode(&body); err != nil {
		return nil, "", err
	}
	bad := func(format string, a ...any) error {
		return api.Fail(http.StatusBadRequest, "Invalid input for field/attribute server. Value: %s. %s",
			api.QuotePython(body.Server), fmt.Sprintf(format, a...))
	}
	if json.Unmarshal(body.Server, &raw) != nil {
		return nil, "", bad("'server' is a required property")
	}
	for k := range raw {
		if !slices.Contains(serverAttributes, k) || q.Minor < sinceMinor[k] {
			return nil, "", bad("Additional properties are not allowed ('%s' was unexpected)", k)
		}
	}
	need := []string{"name", "flavorRef"}
	if q.Minor >= 37 {
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
	for _, err := range []error{checkName(in.Name), api.CheckMetadata(in.Metadata), checkTags(in.Tags),
		checkUserData(in.UserData)} {
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
func (c builder) createServer(q *api.Request) (any, error) {
	in, group, err := readCreateRequest(q)
	if err != nil {
		return nil, err
	}
	if api.ReadNumber(in.Min) > 1 || api.ReadNumber(in.Max) > 1 {
		return nil, api.Fail(http.StatusBadRequest,
			"devcloud creates one server a request; send a request for each server")
	}
	s := &compute.Server{Meta: store.Meta{ID: uuid.NewString(), Name: in.Name, Project: q.Token.Project,
		Description: in.Description, Tags: api.TagSet(in.Tags), Status: "BUILD", Created: q.Now,
		Updated: q.Now}, User: q.Token.User, Key: in.Key, Metadata: in.Metadata, Hostname: in.Hostname,
		Task: "scheduling", Host: -1, Group: group,
		Drive: in.Drive == true || in.Drive == "true" || in.Drive == "True", Zone: in.Zone, UserData: in.UserData}
	if s.Hostname == "" {
		s.Hostname = strings.ToLower(strings.Trim(badHostname.ReplaceAllString(in.Name, "-"), "-"))
	}
	plan, err := c.planServer(q, s, in)
	if err != nil {
		return nil, err
	}
	c.buildServer(q, s, plan)
	pass := in.AdminPass
	if pass == "" {
		pass = api.RandomText()[:12]
	}
	groups := []obj{}
	for _, g := range in.Groups {
		groups = append(groups, obj{"name": g.Name})
	}
	if len(groups) == 0 {
		groups = []obj{{"name": "default"}}
	}
	q.AnswerHeader.Set("Location", q.Links("servers", s.ID)[0]["href"].(string))
	return obj{"server": obj{"id": s.ID, "links": q.Links("servers", s.ID), "OS-DCF:diskConfig": "MANUAL",
		"security_groups": groups, "adminPass": pass}}, nil
}
