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
	"novaflow/activities/inventory"
	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/workflows/host"
	"novaflow/workflows/image"
	"novaflow/workflows/network"
	"novaflow/workflows/ownership"
	"novaflow/workflows/project"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
	"novaflow/workflows/spec/topology"
	"novaflow/workflows/volume"
)

// plays lists everything that is recorded. The name of a file is the kind of the flow and
// the outcome.
func plays() map[string]play {
	all := map[string]play{
		"server-create-committed": func(t *testing.T, s *scene) client.WorkflowRun {
			run := theStage.Create(t, s.queue, s.spec)
			require.NoError(t, theStage.Get(t, run, nil))
			return run
		},
		"server-create-reverted": func(t *testing.T, s *scene) client.WorkflowRun {
			s.AddFault(devcloud.Fault{Service: "neutron", Method: "PUT", Path: "/floatingips/", Action: "own:400",
				Text: "refused"})
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
			s.do(t, server.AddVolume.Workflow, s.attachment())
			lock := theStage.GetWorkflow(t.Context(), spec.VolumeWorkflowID("devcloud", s.queue), "")
			require.NoError(t, theStage.Get(t, lock, nil))
			return lock
		},
		"revert-reverted": func(t *testing.T, s *scene) client.WorkflowRun {
			run := beginRevert(t, s.do(t, server.Create.Workflow, s.spec), s.queue)
			require.NoError(t, theStage.Get(t, run, nil))
			require.Equal(t, s.before, s.Inventory())
			return run
		},
	}
	for _, c := range recordings {
		maps.Copy(all, c.plays())
	}
	for _, flow := range []string{"server-create", "server-delete"} {
		all[flow+unarchived+"committed"] = all[flow+"-committed"]
	}
	return all
}

// recording is a flow with all that it takes to commit it and to revert it.
type recording struct {
	kind     string // of the flow, and what tells the play from others of that flow
	workflow string
	before   func(*testing.T, *scene) // creates what is changed; nil for nothing
	spec     func(*testing.T, *scene) any
	refusal  string // devcloud.ParseFault text that causes a revert; "" if forward-only
}

// plays lists the outcomes of a recording.
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
func (s *scene) do(t *testing.T, workflow string, req any) client.WorkflowRun {
	t.Helper()
	run := s.begin(t, workflow, req)
	require.NoError(t, theStage.Get(t, run, nil))
	return run
}

var firstWord = regexp.MustCompile("^[A-Z][a-z]*")

// begin starts a run under the id of the resource that it changes. Everything in a scene
// has the name of its queue, and a workflow's name begins with a noun.
func (s *scene) begin(t *testing.T, workflow string, req any) client.WorkflowRun {
	t.Helper()
	noun, cloud := firstWord.FindString(workflow), req.(spec.Spec).Options().Cloud
	run, err := theStage.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: spec.WorkflowID(strings.ToLower(noun), cloud, s.queue), TaskQueue: s.queue,
		WorkflowTaskTimeout:      spec.StepTimeout,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
	}, workflow, req)
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

// recordings are the flows other than the creation and deletion of servers.
var recordings = []recording{
	{"network-create", network.Create.Workflow, nil, networkCreate,
		"neutron PUT /add_router_interface$ own:400 1 refused"},
	{"network-delete", network.Delete.Workflow, aNetwork, networkDelete, ""},
	{"server-power-stop", server.Power.Workflow, aServer, power("stop"), "nova POST /action$ own:400 1 refused"},
	{"server-power-reboot", server.Power.Workflow, aServer, power("reboot"), ""},
	{"server-set", server.Set.Workflow, aServer, properties, "nova POST /metadata$ own:400 1 refused"},
	{"server-set-name", server.Set.Workflow, aServer, newName, "nova PUT /servers/ own:400 1 refused"},
	{"server-snapshot", server.Snapshot.Workflow, aServer, snapshot, "nova POST /action$ error 1 disk is broken"},
	{"server-resize", server.Resize.Workflow, aServer, resize, "nova POST /action$ error 1 No valid host was found."},
	{"server-migrate", server.Migrate.Workflow, aServer, migrate(false),
		"nova POST /action$ error 1 No valid host was found."},
	{"server-migrate-live", server.Migrate.Workflow, aServer, migrate(true),
		"nova POST /action$ error 1 No valid host was found."},
	{"server-rebuild", server.Rebuild.Workflow, aServer, rebuild, "nova POST /action$ own:400 1 refused"},
	{"host-drain", host.Drain.Workflow, aServer, drain, "nova PUT /os-services/ own:400 1 refused"},
	{"volume-create", volume.Create.Workflow, nil, volumeCreate, "cinder POST /volumes$ error 1 no backend has room"},
	{"volume-delete", volume.Delete.Workflow, volumeAndSnapshot, volumeDelete, ""},
	{"volume-extend", volume.Extend.Workflow, aVolume, extend, "cinder POST /action$ own:400 1 refused"},
	{"volume-snapshot", volume.Snapshot.Workflow, aVolume, snapshotOfVolume,
		"cinder POST /snapshots$ error 1 no backend has room"},
	{"volume-restore", volume.Restore.Workflow, volumeAndSnapshot, restore, "cinder POST /action$ own:400 1 refused"},
	{"server-add-volume", server.AddVolume.Workflow, serverAndVolume, attachment,
		"nova POST /os-volume_attachments$ own:400 1 refused"},
	{"server-remove-volume", server.RemoveVolume.Workflow, attachedVolume, attachment,
		"nova DELETE /os-volume_attachments/ own:403 1 refused"},
	{"server-add-port", server.AddPort.Workflow, aServer, newPort, "nova POST /os-interface$ own:400 1 refused"},
	{"server-remove-port", server.RemovePort.Workflow, attachedPort, oldPort,
		"nova DELETE /os-interface/ own:403 1 refused"},
	{"project-bootstrap", project.Bootstrap.Workflow, nil, projectBootstrap,
		"cinder PUT /os-quota-sets/ own:400 1 refused"},
	{"project-purge", project.Purge.Workflow, aProject, projectPurge,
		"keystone GET /projects/[0-9a-f]{32}$ own:403 1 refused"},
	{"image-publish", image.Publish.Workflow, nil, imagePublish, "glance POST /members$ own:403 1 refused"},
	{"image-delete", image.Delete.Workflow, anImage, imageDelete, ""},
	{"adopt", ownership.Adopt.Workflow, aStranger, marking(activities.KindServer),
		"nova POST /metadata$ own:400 1 refused"},
	{"release", ownership.Release.Workflow, aWholeServer, marking(activities.KindServer),
		"nova DELETE /metadata/ own:403 1 refused"},
	{"adopt-network", ownership.Adopt.Workflow, aStrangeNetwork, marking(activities.KindNetwork),
		"neutron PUT /networks/ own:400 1 refused"},
	{"release-network", ownership.Release.Workflow, aNetwork, marking(activities.KindNetwork),
		"neutron PUT /networks/ own:403 1 refused"},
	{"residue-delete", ownership.DeleteResidue.Workflow, aServer, residue, ""},
}

var (
	onDevcloud = spec.RunOptions{Cloud: "devcloud"}
	asAdmin    = spec.RunOptions{Cloud: "devcloud-admin"}
)

func marking(kind string) func(*testing.T, *scene) any {
	return func(_ *testing.T, s *scene) any {
		return ownership.MarkSpec{RunOptions: onDevcloud, Kind: kind, Name: s.queue}
	}
}

// aStranger creates a server without the mark of a run.
func aStranger(t *testing.T, s *scene) {
	aServer(t, s)
	s.do(t, ownership.Release.Workflow, marking(activities.KindServer)(t, s))
}

// aStrangeNetwork creates a network without the mark of a run.
func aStrangeNetwork(t *testing.T, s *scene) {
	aNetwork(t, s)
	s.do(t, ownership.Release.Workflow, marking(activities.KindNetwork)(t, s))
}

func aWholeServer(t *testing.T, s *scene) { s.do(t, server.Create.Workflow, s.spec) }

func projectBootstrap(_ *testing.T, s *scene) any {
	return project.BootstrapSpec{
		RunOptions: asAdmin, Name: s.queue,
		Quotas: map[string]map[string]int{"compute": {"cores": 20}, "volume": {"gigabytes": 100}},
		Roles:  []project.RoleSpec{{Role: "member", User: "demo"}, {Role: "reader", Group: "devs"}},
		Network: project.NetworkSpec{Name: s.queue, Subnets: []topology.SubnetSpec{{CIDR: "192.168.7.0/24"}},
			NewRouter: true, ExternalNetwork: "public"},
	}
}

func aProject(t *testing.T, s *scene) { s.do(t, project.Bootstrap.Workflow, projectBootstrap(t, s)) }

func projectPurge(_ *testing.T, s *scene) any {
	return project.PurgeSpec{RunOptions: asAdmin, Project: s.queue, Confirm: "5"}
}

func networkCreate(_ *testing.T, s *scene) any {
	return topology.Spec{
		RunOptions: onDevcloud, Name: s.queue, NewRouter: true, ExternalNetwork: "public",
		Subnets: []topology.SubnetSpec{{CIDR: "192.168.7.0/24"}, {CIDR: "192.168.8.0/24", NoRouter: true}},
		Ingress: []spec.Rule{{Protocol: "tcp", Port: 22}},
	}
}

func aNetwork(t *testing.T, s *scene) { s.do(t, network.Create.Workflow, networkCreate(t, s)) }

func networkDelete(_ *testing.T, s *scene) any {
	return network.DeleteSpec{RunOptions: onDevcloud, Network: s.queue}
}

// aServer creates a server without volumes of its own.
func aServer(t *testing.T, s *scene) {
	req := s.spec
	req.BootVolume, req.Volumes, req.FloatingIP = 0, nil, ""
	s.do(t, server.Create.Workflow, req)
}

func power(verb string) func(*testing.T, *scene) any {
	return func(_ *testing.T, s *scene) any {
		return server.PowerSpec{RunOptions: onDevcloud, Server: s.queue, Verb: verb}
	}
}

func properties(_ *testing.T, s *scene) any {
	return server.SetSpec{RunOptions: onDevcloud, Server: s.queue, Name: s.queue + "-new",
		Properties: map[string]string{"tier": "front"}}
}

func newName(_ *testing.T, s *scene) any {
	return server.SetSpec{RunOptions: onDevcloud, Server: s.queue, Name: s.queue + "-new"}
}

func snapshot(_ *testing.T, s *scene) any {
	return server.SnapshotSpec{RunOptions: onDevcloud, Server: s.queue, Name: "monday"}
}

func resize(_ *testing.T, s *scene) any {
	return server.ResizeSpec{RunOptions: onDevcloud, Server: s.queue, Flavors: []string{"m1.small"}}
}

func migrate(live bool) func(*testing.T, *scene) any {
	return func(_ *testing.T, s *scene) any {
		return server.MigrateSpec{RunOptions: asAdmin, Server: s.queue, Live: live}
	}
}

func rebuild(_ *testing.T, s *scene) any {
	return server.RebuildSpec{RunOptions: onDevcloud, Server: s.queue, Image: "tiny"}
}

// drain asks for the host of the server. The first server goes to the first host.
func drain(*testing.T, *scene) any {
	return host.DrainSpec{RunOptions: asAdmin, Host: "compute-1"}
}

func volumeCreate(_ *testing.T, s *scene) any {
	return volume.CreateSpec{RunOptions: onDevcloud, Name: s.queue, Size: 1}
}

func aVolume(t *testing.T, s *scene) { s.do(t, volume.Create.Workflow, volumeCreate(t, s)) }

func snapshotOfVolume(_ *testing.T, s *scene) any {
	return volume.SnapshotSpec{RunOptions: onDevcloud, Volume: s.queue, Name: "monday"}
}

func volumeAndSnapshot(t *testing.T, s *scene) {
	aVolume(t, s)
	s.do(t, volume.Snapshot.Workflow, snapshotOfVolume(t, s))
}

func volumeDelete(_ *testing.T, s *scene) any {
	return volume.DeleteSpec{RunOptions: onDevcloud, Volume: s.queue, Purge: true}
}

func extend(_ *testing.T, s *scene) any {
	return volume.ExtendSpec{RunOptions: onDevcloud, Volume: s.queue, Size: 2}
}

// imagePublish asks for an image of a file, and writes the file where workers read it.
func imagePublish(t *testing.T, s *scene) any {
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(s.file), "disk.raw"),
		bytes.Repeat([]byte("disk"), 1<<16), 0o600))
	return image.PublishSpec{
		RunOptions: onDevcloud, Name: s.queue, File: "disk.raw", DiskFormat: "raw", Protected: true,
		Members: []string{strings.Repeat("1", 32)},
	}
}

func anImage(t *testing.T, s *scene) { s.do(t, image.Publish.Workflow, imagePublish(t, s)) }

func imageDelete(_ *testing.T, s *scene) any {
	return image.DeleteSpec{RunOptions: onDevcloud, Image: s.queue, Protected: true}
}

func restore(_ *testing.T, s *scene) any {
	return volume.RestoreSpec{RunOptions: onDevcloud, Volume: s.queue, Snapshot: "monday"}
}

func serverAndVolume(t *testing.T, s *scene) { aServer(t, s); aVolume(t, s) }

func (s *scene) attachment() server.AttachVolumeSpec {
	return server.AttachVolumeSpec{RunOptions: onDevcloud, Server: s.queue, Volume: s.queue}
}

func attachment(_ *testing.T, s *scene) any { return s.attachment() }

func attachedVolume(t *testing.T, s *scene) {
	serverAndVolume(t, s)
	s.do(t, server.AddVolume.Workflow, s.attachment())
}

func newPort(_ *testing.T, s *scene) any {
	return server.AddPortSpec{RunOptions: onDevcloud, Server: s.queue, Network: "private"}
}

func attachedPort(t *testing.T, s *scene) {
	aServer(t, s)
	s.do(t, server.AddPort.Workflow, newPort(t, s))
}

func oldPort(_ *testing.T, s *scene) any {
	return server.RemovePortSpec{RunOptions: onDevcloud, Server: s.queue, Port: s.queue + "-port"}
}

// residue lists everything that carries a mark, as if an operator had judged it.
func residue(t *testing.T, s *scene) any {
	marked, err := inventory.ListMarked(t.Context(), activities.NewClouds(s.file), "devcloud")
	require.NoError(t, err)
	require.NotEmpty(t, marked)
	return ownership.ResidueSpec{RunOptions: onDevcloud, Before: time.Now().Add(time.Hour), Objects: marked}
}
