//go:build e2e

package test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"novaflow/activities"
	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/workflows"
)

// plays are all that is recorded, by the names of the files: the kind of the flow
// and the outcome.
func plays() map[string]play {
	all := map[string]play{
		"server-create-committed": func(t *testing.T, s *scene) client.WorkflowRun {
			run := theStage.Create(t, s.queue, s.spec)
			require.NoError(t, theStage.Get(t, run, nil))
			return run
		},
		"server-create-reverted": func(t *testing.T, s *scene) client.WorkflowRun {
			s.AddFault(devcloud.Fault{Service: "neutron", Method: "PUT", Path: "/floatingips/", Action: "own:400", Text: "refused"})
			run := theStage.Create(t, s.queue, s.spec)
			require.Error(t, theStage.Get(t, run, nil))
			return run
		},
		"server-create-cancelled": func(t *testing.T, s *scene) client.WorkflowRun {
			run := theStage.Create(t, s.queue, s.spec)
			theStage.AwaitTask(t, run, "active", saga.TaskRunning)
			require.NoError(t, theStage.CancelWorkflow(t.Context(), run.GetID(), run.GetRunID()))
			require.Error(t, theStage.Get(t, run, nil))
			return run
		},
		"server-create-refused": func(t *testing.T, s *scene) client.WorkflowRun {
			s.spec.Image = "nothing"
			run := theStage.Create(t, s.queue, s.spec)
			require.Error(t, theStage.Get(t, run, nil))
			return run
		},
		"server-delete-committed": func(t *testing.T, s *scene) client.WorkflowRun {
			require.NoError(t, theStage.Get(t, theStage.Create(t, s.queue, s.spec), nil))
			run := theStage.Delete(t, s.queue, s.spec.Cloud, s.spec.Name)
			require.NoError(t, theStage.Get(t, run, nil))
			return run
		},
		"lock-released": func(t *testing.T, s *scene) client.WorkflowRun {
			serverAndVolume(t, s)
			s.do(t, workflows.ServerAddVolume.Workflow, s.attachment())
			lock := theStage.GetWorkflow(t.Context(), workflows.VolumeWorkflowID("devcloud", s.queue), "")
			require.NoError(t, theStage.Get(t, lock, nil))
			return lock
		},
		"revert-reverted": func(t *testing.T, s *scene) client.WorkflowRun {
			run := beginRevert(t, s.do(t, workflows.ServerCreate.Workflow, s.spec), s.queue)
			require.NoError(t, theStage.Get(t, run, nil))
			require.Equal(t, s.before, s.Inventory())
			return run
		},
	}
	for _, c := range recordings {
		maps.Copy(all, c.plays())
	}
	return all
}

// recording is a flow with all that is needed to see it commit and to see it revert.
type recording struct {
	kind     string // of the flow, and what tells the play from others of that flow
	workflow string
	before   func(*testing.T, *scene) // makes what is changed; nil for nothing
	spec     func(*testing.T, *scene) any
	refusal  string // the fault that makes it revert, for devcloud.ParseFault; "" for a flow that only goes forward
}

// plays are the outcomes of a recording.
func (c recording) plays() map[string]play {
	all := map[string]play{c.kind + "-committed": func(t *testing.T, s *scene) client.WorkflowRun {
		c.prepare(t, s)
		return s.do(t, c.workflow, c.spec(t, s))
	}}
	if c.refusal != "" {
		all[c.kind+"-reverted"] = func(t *testing.T, s *scene) client.WorkflowRun {
			c.prepare(t, s)
			before := s.Inventory()
			s.refuse(t, c.refusal)
			run := s.begin(t, c.workflow, c.spec(t, s))
			require.Error(t, theStage.Get(t, run, nil))
			require.Equal(t, saga.RunReverted, theStage.Ledger(t, run).State)
			require.Equal(t, before, s.Inventory())
			return run
		}
	}
	return all
}

func (c recording) prepare(t *testing.T, s *scene) {
	if c.before != nil {
		c.before(t, s)
	}
}

// do plays a run that must commit.
func (s *scene) do(t *testing.T, workflow string, spec any) client.WorkflowRun {
	t.Helper()
	run := s.begin(t, workflow, spec)
	require.NoError(t, theStage.Get(t, run, nil))
	return run
}

var firstWord = regexp.MustCompile("^[A-Z][a-z]*")

// begin starts a run under the id of what it changes: everything in a scene has
// the name of its queue, and a workflow's name begins with a noun.
func (s *scene) begin(t *testing.T, workflow string, spec any) client.WorkflowRun {
	t.Helper()
	noun, cloud := firstWord.FindString(workflow), spec.(workflows.Spec).Options().Cloud
	run, err := theStage.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: workflows.WorkflowID(strings.ToLower(noun), cloud, s.queue), TaskQueue: s.queue, WorkflowTaskTimeout: workflows.StepTimeout,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
	}, workflow, spec)
	require.NoError(t, err)
	return run
}

// refuse puts a fault in force.
func (s *scene) refuse(t *testing.T, line string) {
	t.Helper()
	f, err := devcloud.ParseFault(line)
	require.NoError(t, err)
	s.AddFault(f)
}

// recordings are the flows beside those that make and delete servers.
var recordings = []recording{
	{"network-create", workflows.NetworkCreate.Workflow, nil, network, "neutron PUT /add_router_interface$ own:400 1 refused"},
	{"network-delete", workflows.NetworkDelete.Workflow, aNetwork, networkDelete, ""},
	{"server-power-stop", workflows.ServerPower.Workflow, aServer, power("stop"), "nova POST /action$ own:400 1 refused"},
	{"server-power-reboot", workflows.ServerPower.Workflow, aServer, power("reboot"), ""},
	{"server-set", workflows.ServerSet.Workflow, aServer, properties, "nova POST /metadata$ own:400 1 refused"},
	{"server-set-name", workflows.ServerSet.Workflow, aServer, newName, "nova PUT /servers/ own:400 1 refused"},
	{"server-snapshot", workflows.ServerSnapshot.Workflow, aServer, snapshot, "nova POST /action$ error 1 disk is broken"},
	{"server-resize", workflows.ServerResize.Workflow, aServer, resize, "nova POST /action$ error 1 No valid host was found."},
	{"server-migrate", workflows.ServerMigrate.Workflow, aServer, migrate(false), "nova POST /action$ error 1 No valid host was found."},
	{"server-migrate-live", workflows.ServerMigrate.Workflow, aServer, migrate(true), "nova POST /action$ error 1 No valid host was found."},
	{"server-migrate-owned", workflows.ServerMigrate.Workflow, aServer, migrate(false), "nova POST /action$ error 1 No valid host was found."},
	{"server-migrate-live-owned", workflows.ServerMigrate.Workflow, aServer, migrate(true), "nova POST /action$ error 1 No valid host was found."},
	{"server-rebuild", workflows.ServerRebuild.Workflow, aServer, rebuild, "nova POST /action$ own:400 1 refused"},
	{"host-drain", workflows.HostDrain.Workflow, aServer, drain, "nova PUT /os-services/ own:400 1 refused"},
	{"host-drain-own-first", workflows.HostDrain.Workflow, aServer, drain, "nova PUT /os-services/ own:400 1 refused"},
	{"host-drain-looks-again", workflows.HostDrain.Workflow, aServer, drain, "nova PUT /os-services/ own:400 1 refused"},
	{"volume-create", workflows.VolumeCreate.Workflow, nil, volume, "cinder POST /volumes$ error 1 no backend has room"},
	{"volume-delete", workflows.VolumeDelete.Workflow, volumeAndSnapshot, volumeDelete, ""},
	{"volume-extend", workflows.VolumeExtend.Workflow, aVolume, extend, "cinder POST /action$ own:400 1 refused"},
	{"volume-snapshot", workflows.VolumeSnapshot.Workflow, aVolume, snapshotOfVolume, "cinder POST /snapshots$ error 1 no backend has room"},
	{"volume-restore", workflows.VolumeRestore.Workflow, volumeAndSnapshot, restore, "cinder POST /action$ own:400 1 refused"},
	{"server-add-volume", workflows.ServerAddVolume.Workflow, serverAndVolume, attachment, "nova POST /os-volume_attachments$ own:400 1 refused"},
	{"server-remove-volume", workflows.ServerRemoveVolume.Workflow, attachedVolume, attachment, "nova DELETE /os-volume_attachments/ own:403 1 refused"},
	{"server-add-port", workflows.ServerAddPort.Workflow, aServer, newPort, "nova POST /os-interface$ own:400 1 refused"},
	{"server-remove-port", workflows.ServerRemovePort.Workflow, attachedPort, oldPort, "nova DELETE /os-interface/ own:403 1 refused"},
	{"project-bootstrap", workflows.ProjectBootstrap.Workflow, nil, project, "cinder PUT /os-quota-sets/ own:400 1 refused"},
	{"project-purge", workflows.ProjectPurge.Workflow, aProject, projectPurge, "keystone GET /projects/[0-9a-f]{32}$ own:403 1 refused"},
	{"project-purge-own-first", workflows.ProjectPurge.Workflow, aProject, projectPurge, "keystone GET /projects/[0-9a-f]{32}$ own:403 1 refused"},
	{"image-publish", workflows.ImagePublish.Workflow, nil, image, "glance POST /members$ own:403 1 refused"},
	{"image-delete", workflows.ImageDelete.Workflow, anImage, imageDelete, ""},
	{"adopt", workflows.Adopt.Workflow, aStranger, marking(activities.KindServer), "nova POST /metadata$ own:400 1 refused"},
	{"release", workflows.Release.Workflow, aWholeServer, marking(activities.KindServer), "nova DELETE /metadata/ own:403 1 refused"},
	{"adopt-network", workflows.Adopt.Workflow, aStrangeNetwork, marking(activities.KindNetwork), "neutron PUT /networks/ own:400 1 refused"},
	{"release-network", workflows.Release.Workflow, aNetwork, marking(activities.KindNetwork), "neutron PUT /networks/ own:403 1 refused"},
	{"residue-delete", workflows.ResidueDelete.Workflow, aServer, residue, ""},
}

var (
	onDevcloud = workflows.RunOptions{Cloud: "devcloud"}
	asAdmin    = workflows.RunOptions{Cloud: "devcloud-admin"}
)

func marking(kind string) func(*testing.T, *scene) any {
	return func(_ *testing.T, s *scene) any {
		return workflows.MarkSpec{RunOptions: onDevcloud, Kind: kind, Name: s.queue}
	}
}

// aStranger is a server that no run has made.
func aStranger(t *testing.T, s *scene) {
	aServer(t, s)
	s.do(t, workflows.Release.Workflow, marking(activities.KindServer)(t, s))
}

// aStrangeNetwork is a network that no run has made.
func aStrangeNetwork(t *testing.T, s *scene) {
	aNetwork(t, s)
	s.do(t, workflows.Release.Workflow, marking(activities.KindNetwork)(t, s))
}

func aWholeServer(t *testing.T, s *scene) { s.do(t, workflows.ServerCreate.Workflow, s.spec) }

func project(_ *testing.T, s *scene) any {
	return workflows.ProjectSpec{
		RunOptions: asAdmin, Name: s.queue, Quotas: map[string]map[string]int{"compute": {"cores": 20}, "volume": {"gigabytes": 100}},
		Roles:   []workflows.RoleSpec{{Role: "member", User: "demo"}, {Role: "reader", Group: "devs"}},
		Network: workflows.ProjectNetworkSpec{Name: s.queue, Subnets: []workflows.SubnetSpec{{CIDR: "192.168.7.0/24"}}, NewRouter: true, ExternalNetwork: "public"},
	}
}

func aProject(t *testing.T, s *scene) { s.do(t, workflows.ProjectBootstrap.Workflow, project(t, s)) }

func projectPurge(_ *testing.T, s *scene) any {
	return workflows.PurgeSpec{RunOptions: asAdmin, Project: s.queue, Confirm: "5"}
}

func network(_ *testing.T, s *scene) any {
	return workflows.NetworkSpec{
		RunOptions: onDevcloud, Name: s.queue, NewRouter: true, ExternalNetwork: "public",
		Subnets: []workflows.SubnetSpec{{CIDR: "192.168.7.0/24"}, {CIDR: "192.168.8.0/24", NoRouter: true}},
		Ingress: []workflows.Rule{{Protocol: "tcp", Port: 22}},
	}
}

func aNetwork(t *testing.T, s *scene) { s.do(t, workflows.NetworkCreate.Workflow, network(t, s)) }

func networkDelete(_ *testing.T, s *scene) any {
	return workflows.NetworkDeleteSpec{RunOptions: onDevcloud, Network: s.queue}
}

// aServer makes one without volumes of its own.
func aServer(t *testing.T, s *scene) {
	spec := s.spec
	spec.BootVolume, spec.Volumes, spec.FloatingIP = 0, nil, ""
	s.do(t, workflows.ServerCreate.Workflow, spec)
}

func power(verb string) func(*testing.T, *scene) any {
	return func(_ *testing.T, s *scene) any {
		return workflows.PowerSpec{RunOptions: onDevcloud, Server: s.queue, Verb: verb}
	}
}

func properties(_ *testing.T, s *scene) any {
	return workflows.SetSpec{RunOptions: onDevcloud, Server: s.queue, Name: s.queue + "-new", Properties: map[string]string{"tier": "front"}}
}

func newName(_ *testing.T, s *scene) any {
	return workflows.SetSpec{RunOptions: onDevcloud, Server: s.queue, Name: s.queue + "-new"}
}

func snapshot(_ *testing.T, s *scene) any {
	return workflows.SnapshotSpec{RunOptions: onDevcloud, Server: s.queue, Name: "monday"}
}

func resize(_ *testing.T, s *scene) any {
	return workflows.ResizeSpec{RunOptions: onDevcloud, Server: s.queue, Flavors: []string{"m1.small"}}
}

func migrate(live bool) func(*testing.T, *scene) any {
	return func(_ *testing.T, s *scene) any {
		return workflows.MigrateSpec{RunOptions: asAdmin, Server: s.queue, Live: live}
	}
}

func rebuild(_ *testing.T, s *scene) any {
	return workflows.RebuildSpec{RunOptions: onDevcloud, Server: s.queue, Image: "tiny"}
}

// drain is of the host that has the server: the first server goes to the first host.
func drain(*testing.T, *scene) any {
	return workflows.DrainSpec{RunOptions: asAdmin, Host: "compute-1"}
}

func volume(_ *testing.T, s *scene) any {
	return workflows.VolumeCreateSpec{RunOptions: onDevcloud, Name: s.queue, Size: 1}
}

func aVolume(t *testing.T, s *scene) { s.do(t, workflows.VolumeCreate.Workflow, volume(t, s)) }

func snapshotOfVolume(_ *testing.T, s *scene) any {
	return workflows.VolumeSnapshotSpec{RunOptions: onDevcloud, Volume: s.queue, Name: "monday"}
}

func volumeAndSnapshot(t *testing.T, s *scene) {
	aVolume(t, s)
	s.do(t, workflows.VolumeSnapshot.Workflow, snapshotOfVolume(t, s))
}

func volumeDelete(_ *testing.T, s *scene) any {
	return workflows.VolumeDeleteSpec{RunOptions: onDevcloud, Volume: s.queue, Purge: true}
}

func extend(_ *testing.T, s *scene) any {
	return workflows.VolumeExtendSpec{RunOptions: onDevcloud, Volume: s.queue, Size: 2}
}

// image asks for one of a file, and writes that where workers read it.
func image(t *testing.T, s *scene) any {
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(s.file), "disk.raw"), bytes.Repeat([]byte("disk"), 1<<16), 0o600))
	return workflows.ImageSpec{
		RunOptions: onDevcloud, Name: s.queue, File: "disk.raw", DiskFormat: "raw", Protected: true, Members: []string{strings.Repeat("1", 32)},
	}
}

func anImage(t *testing.T, s *scene) { s.do(t, workflows.ImagePublish.Workflow, image(t, s)) }

func imageDelete(_ *testing.T, s *scene) any {
	return workflows.ImageDeleteSpec{RunOptions: onDevcloud, Image: s.queue, Protected: true}
}

func restore(_ *testing.T, s *scene) any {
	return workflows.VolumeRestoreSpec{RunOptions: onDevcloud, Volume: s.queue, Snapshot: "monday"}
}

func serverAndVolume(t *testing.T, s *scene) { aServer(t, s); aVolume(t, s) }

func (s *scene) attachment() workflows.AttachVolumeSpec {
	return workflows.AttachVolumeSpec{RunOptions: onDevcloud, Server: s.queue, Volume: s.queue}
}

func attachment(_ *testing.T, s *scene) any { return s.attachment() }

func attachedVolume(t *testing.T, s *scene) {
	serverAndVolume(t, s)
	s.do(t, workflows.ServerAddVolume.Workflow, s.attachment())
}

func newPort(_ *testing.T, s *scene) any {
	return workflows.AddPortSpec{RunOptions: onDevcloud, Server: s.queue, Network: "private"}
}

func attachedPort(t *testing.T, s *scene) {
	aServer(t, s)
	s.do(t, workflows.ServerAddPort.Workflow, newPort(t, s))
}

func oldPort(_ *testing.T, s *scene) any {
	return workflows.RemovePortSpec{RunOptions: onDevcloud, Server: s.queue, Port: s.queue + "-port"}
}

// residue is all that carries a mark, as if it had been judged.
func residue(t *testing.T, s *scene) any {
	marked, err := activities.NewClouds(s.file).Marked(t.Context(), "devcloud")
	require.NoError(t, err)
	require.NotEmpty(t, marked)
	return workflows.ResidueSpec{RunOptions: onDevcloud, Before: time.Now().Add(time.Hour), Objects: marked}
}
