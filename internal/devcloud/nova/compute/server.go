package compute

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// Server is a row of nova.
type Server struct {
	store.Meta
	User     string            `json:"user"`
	Image    string            `json:"image,omitempty"`
	Flavor   Flavor            `json:"flavor"`
	Key      string            `json:"key_name,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
	Hostname string            `json:"hostname"`
	Task     string            `json:"task_state,omitempty"`
	Launched time.Time         `json:"launched,omitzero"`
	Host     int               `json:"host"` // index, -1 for none
	Group    string            `json:"group,omitempty"`
	Drive    bool              `json:"config_drive,omitempty"`
	Zone     string            `json:"zone,omitempty"`      // asked for; "" is any
	UserData string            `json:"user_data,omitempty"` // base64
	Ports    []ServerPort      `json:"ports,omitempty"`
	Volumes  []ServerVolume    `json:"volumes,omitempty"`
	Fault    *ServerFault      `json:"fault,omitempty"`
	Fails    string            `json:"fails,omitempty"` // why the build will fail; "" if it will not
	Actions  []ServerAction    `json:"actions,omitempty"`
	Locked   bool              `json:"locked,omitempty"`
	Change   *Change           `json:"change,omitempty"` // under way; a build or a deletion is none
	Resize   *Resized          `json:"resize,omitempty"` // set until a resize is confirmed
	Moves    []Migration       `json:"moves,omitempty"`
	Shelf    string            `json:"shelf,omitempty"` // id of the image of a shelved server
	Kept     bool              `json:"kept,omitempty"`  // it was deleted and can be restored for a while
}

// ServerPort is a port of the server. A port created for the server is deleted with it.
type ServerPort struct {
	ID   string `json:"id"`
	Made bool   `json:"made,omitempty"`
}

// ServerVolume is a volume of the server, with the name of its device.
type ServerVolume struct {
	ID         string `json:"id"`
	Device     string `json:"device"`
	Attachment string `json:"attachment"`
	Mapping    string `json:"mapping"`
	Delete     bool   `json:"delete_on_termination,omitempty"`
	Boot       bool   `json:"boot,omitempty"`
	Tag        string `json:"tag,omitempty"`
}

type ServerFault struct {
	Code    int       `json:"code"`
	Message string    `json:"message"`
	Created time.Time `json:"created"`
	// Unplaced faults come from scheduling. Nova keeps servers without a host
	// apart (in cell0), and does not show their faults in lists.
	Unplaced bool `json:"unplaced,omitempty"`
}

// ServerAction is an entry of nova's record of actions.
type ServerAction struct {
	Name    string    `json:"name"`
	Request string    `json:"request"`
	User    string    `json:"user"`
	Start   time.Time `json:"start"`
	End     time.Time `json:"end,omitzero"` // zero while it is under way
	Failed  bool      `json:"failed,omitempty"`
}

// Change is an action that is under way with a server. Its end is due like the end of a
// build.
type Change struct {
	Action  string `json:"action"`            // as nova's record of actions calls it
	Request string `json:"request"`           // id of the request that began it
	Back    string `json:"back"`              // the status before, and again if it fails
	Fails   string `json:"fails,omitempty"`   // why it will fail; "" if it will not
	Host    int    `json:"host"`              // where the server will be
	Flavor  string `json:"flavor,omitempty"`  // id of the one it will have, if another
	Image   string `json:"image,omitempty"`   // id of the one that it is rebuilt from, or saved in
	Move    int    `json:"move,omitempty"`    // id of the migration
	Breaks  bool   `json:"breaks,omitempty"`  // a failure leaves the server in ERROR
	Failing bool   `json:"failing,omitempty"` // it has failed
}

// Resized is the state to which a server can be reverted until its resize is confirmed.
type Resized struct {
	Flavor Flavor `json:"flavor"`
	Host   int    `json:"host"`
	Status string `json:"status"` // ACTIVE or SHUTOFF
	Move   int    `json:"move"`   // id of the migration
}

// Migration is a move of a server from one host to another, or a resize.
type Migration struct {
	ID      int       `json:"id"`
	UUID    string    `json:"uuid"`
	Kind    string    `json:"kind"` // migration, resize, live-migration or evacuation
	Status  string    `json:"status"`
	From    int       `json:"from"`
	To      int       `json:"to"` // -1 for none
	Project string    `json:"project"`
	User    string    `json:"user"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

// Keys implements store.Object.
func (s *Server) Keys() []string {
	keys := []string{"project=" + s.Project, "name=" + s.Name}
	for _, t := range s.Tags {
		keys = append(keys, "tag="+t)
	}
	if s.Group != "" {
		keys = append(keys, "group="+s.Group)
	}
	return keys
}

// ForgetPort removes a port from the server's list.
func (s *Server) ForgetPort(id string) {
	s.Ports = slices.DeleteFunc(slices.Clone(s.Ports), func(p ServerPort) bool { return p.ID == id })
}

// AddVolume gives the volume the next free device name. What boots comes first.
func (s *Server) AddVolume(id string, del, boot bool, tag string) *ServerVolume {
	w := ServerVolume{ID: id, Attachment: uuid.NewString(), Mapping: uuid.NewString(), Delete: del, Boot: boot,
		Tag: tag}
	taken := func(dev string) bool {
		return slices.ContainsFunc(s.Volumes, func(o ServerVolume) bool { return o.Device == dev })
	}
	letter := byte('b')
	if boot {
		letter = 'a'
	}
	for w.Device = "/dev/vd" + string(letter); taken(w.Device) && letter < 'z'; w.Device = "/dev/vd" + string(letter) {
		letter++
	}
	s.Volumes = append(slices.Clone(s.Volumes), w)
	slices.SortStableFunc(s.Volumes, func(a, b ServerVolume) int { return cmp.Compare(a.Device, b.Device) })
	return &w
}

// MarkLaunched records when the server ran for the first time.
func (s *Server) MarkLaunched(at time.Time) {
	if s.Launched.IsZero() {
		s.Launched = at
	}
}

// RecordAction adds an action to the server's record.
func (s *Server) RecordAction(q *api.Request, action string) {
	s.Actions = append(slices.Clone(s.Actions),
		ServerAction{Name: action, Request: q.ID, User: q.Token.User, Start: q.Now.Truncate(time.Second)})
	s.Updated = q.Now
}

// EndAction records the end of an action.
func (s *Server) EndAction(request string, at time.Time, failed bool) {
	s.Actions = slices.Clone(s.Actions)
	for i := range s.Actions {
		if s.Actions[i].Request == request {
			s.Actions[i].End, s.Actions[i].Failed = at, failed
		}
	}
}

// SetMove changes the status of a migration.
func (s *Server) SetMove(id int, status string, at time.Time) {
	s.Moves = slices.Clone(s.Moves)
	for i := range s.Moves {
		if s.Moves[i].ID == id {
			s.Moves[i].Status, s.Moves[i].Updated = status, at
		}
	}
}

// LiveMigrations lists the live migrations of the server that are under way.
func (s *Server) LiveMigrations() (running []Migration) {
	for _, m := range s.Moves {
		if m.Kind == "live-migration" && m.Status == "running" {
			running = append(running, m)
		}
	}
	return running
}
