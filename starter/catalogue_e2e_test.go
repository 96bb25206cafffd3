//go:build e2e

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
	"novaflow/starter/internal/dev"
	"novaflow/starter/internal/term"
)

// Each command must find its flow, its flags the request and its result a
// sentence: what is tested below it does not show that it is wired up.
func TestVolumeFromCreateToDelete(t *testing.T) {
	d := startTestDev(t)
	before := d.Cloud.Inventory()
	file := filepath.Join(t.TempDir(), "volume.yaml")
	require.NoError(t, os.WriteFile(file, []byte("name: data-1\nsize: 1\n"), 0o600))
	require.Contains(t, novaflow(t, term.ExitOK, "volume create --dry-run --file "+file), "DeleteVolume")
	novaflow(t, term.ExitUsage, "volume create --size 2 --file "+file)
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
	require.Contains(t, novaflow(t, term.ExitOK, "volume create --file "+file), "volume data-1 is available")
	require.Contains(t, novaflow(t, term.ExitOK, "volume extend data-1 2"), "2 GiB")
	require.Contains(t, novaflow(t, term.ExitFailed, "volume extend data-1 1"), "data-1")
	require.Contains(t, novaflow(t, term.ExitOK, "volume snapshot data-1 monday"), "snapshot monday is available")
	require.Contains(t, novaflow(t, term.ExitOK, "volume restore data-1 monday"), "volume data-1 is available")
	require.Contains(t, novaflow(t, term.ExitFailed, "volume delete data-1"), "snapshot")
	novaflow(t, term.ExitOK, "server create web-1 --image tiny --flavor m1.small --network private")
	require.Contains(t, novaflow(t, term.ExitOK, "server add volume web-1 data-1"), "is attached to server")
	require.Contains(t, novaflow(t, term.ExitFailed, "volume delete data-1 --purge"), "take it off there first")
	require.Contains(t, novaflow(t, term.ExitOK, "server remove volume web-1 data-1"), "is off server")
	require.Contains(t, novaflow(t, term.ExitOK, "server add port web-1 --network private"), "is attached to server")
	require.Contains(t, novaflow(t, term.ExitOK, "server remove port web-1 web-1-port"),
		"and deleted, as novaflow had created it")
	novaflow(t, term.ExitOK, "server delete web-1")
	var shown struct {
		ID   string
		Size int
	}
	require.NoError(t, json.Unmarshal([]byte(novaflow(t, term.ExitOK, "volume show data-1 -o json")), &shown))
	require.Equal(t, 2, shown.Size)
	require.Contains(t, novaflow(t, term.ExitOK, "volume show data-1"), shown.ID)
	novaflow(t, term.ExitUsage, "volume release data-1")
	require.Contains(t, novaflow(t, term.ExitOK, "volume release data-1 --yes --reason handed-over"),
		"is no longer under novaflow's management")
	novaflow(t, term.ExitFailed, "volume delete data-1")
	require.Contains(t, novaflow(t, term.ExitOK, "verify"), "nothing")
	require.Contains(t, novaflow(t, term.ExitOK, "volume adopt data-1 --yes"), "is under novaflow's management now")
	require.Contains(t, novaflow(t, term.ExitFailed, "volume adopt data-1 --yes"), "is managed by novaflow already")
	require.Contains(t, novaflow(t, term.ExitOK, "volume delete data-1 --purge"),
		"deleted, with everything that was created for it")
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
	novaflow(t, term.ExitFailed, "volume delete data-1")
	novaflow(t, term.ExitFailed, "volume show data-1")
	require.Contains(t, novaflow(t, term.ExitOK, "lock list"), "RESOURCE")
}

// Deleting takes the volume from its create, as it does with servers.
func TestAVolumeDeletePreemptsItsCreate(t *testing.T) {
	d := startTestDev(t)
	before := d.Cloud.Inventory()
	hold, err := devcloud.ParseFault("cinder POST /volumes slow:2s 1") // cinder deletes nothing that it is creating
	require.NoError(t, err)
	d.Cloud.AddFault(hold)
	novaflow(t, term.ExitOK, "volume create data-1 --size 1 --no-wait")
	require.Contains(t, novaflow(t, term.ExitOK, "volume delete data-1"), "nothing of it remains")
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
}

func TestNetworkFromCreateToDelete(t *testing.T) {
	d := startTestDev(t)
	before := d.Cloud.Inventory()
	const flags = " --subnet 192.168.7.0/24 --new-router --external-gateway auto --ingress tcp:22"
	require.Contains(t, novaflow(t, term.ExitOK, "network create app --dry-run"+flags), "DeleteNetwork")
	require.Contains(t, novaflow(t, term.ExitOK, "network create app"+flags), "network app was created")
	require.Contains(t, novaflow(t, term.ExitOK, "network show app"), "router app")
	novaflow(t, term.ExitOK, "server create web-1 --image tiny --flavor m1.small --network app")
	require.Contains(t, novaflow(t, term.ExitFailed, "network delete app"), "web-1")
	novaflow(t, term.ExitOK, "server delete web-1")
	require.Contains(t, novaflow(t, term.ExitOK, "network release app --yes"),
		"network app is no longer under novaflow's management")
	require.Contains(t, novaflow(t, term.ExitOK, "verify"), "nothing")
	novaflow(t, term.ExitFailed, "network delete app")
	novaflow(t, term.ExitOK, "run revert network:devcloud:app --reason mistaken") // of the release
	require.Contains(t, novaflow(t, term.ExitOK, "network delete app"),
		"deleted, with everything that was created for it")
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
	novaflow(t, term.ExitOK, "network create app --subnet 192.168.7.0/24")
	novaflow(t, term.ExitOK, "network release app --yes")
	require.Contains(t, novaflow(t, term.ExitOK, "network adopt app --yes"),
		"network app is under novaflow's management now")
	require.Contains(t, novaflow(t, term.ExitOK, "verify"), "nothing")
	require.Contains(t, novaflow(t, term.ExitOK, "network delete app"),
		"deleted, with everything that was created for it")
	require.Contains(t, novaflow(t, term.ExitOK, "verify"), "nothing")
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
}

func TestProjectFromBootstrapToPurge(t *testing.T) {
	d := startTestDev(t)
	before := d.Cloud.Inventory()
	const flags = " --cloud devcloud-admin --quota compute.cores=20 --role member=demo --role reader=group:devs " +
		"--network app --subnet 192.168.7.0/24 --new-router --external-gateway auto"
	require.Contains(t, novaflow(t, term.ExitOK, "project bootstrap research --dry-run"+flags), "UnassignRole")
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
	require.Contains(t, novaflow(t, term.ExitFailed, "project bootstrap demo --cloud devcloud-admin --role "+
		"membre=demo --quota compute.corez=1"), `did you mean "cores"?`)
	require.Contains(t, novaflow(t, term.ExitOK, "project bootstrap research"+flags), "project research was created")
	require.NotEmpty(t, dev.Compare(before, d.Cloud.Inventory()))
	novaflow(t, term.ExitOK, "run revert project:devcloud-admin:research --reason over")
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
	novaflow(t, term.ExitOK, "project bootstrap research"+flags)
	require.Contains(t, novaflow(t, term.ExitOK, "verify --cloud devcloud-admin"), "nothing else")
	require.Contains(t, novaflow(t, term.ExitOK, "verify"), "nothing else")
	full := d.Cloud.Inventory()
	require.Contains(t, novaflow(t, term.ExitOK, "project purge research --cloud devcloud-admin"),
		"to delete all this: --confirm 5, or")
	require.Contains(t, novaflow(t, term.ExitFailed, "project purge research --cloud devcloud-admin --confirm 4"),
		"holds 5 resources")
	require.Contains(t, novaflow(t, term.ExitUsage, "project purge admin --cloud devcloud-admin"),
		"credentials are for it")
	require.Empty(t, dev.Compare(full, d.Cloud.Inventory()))
	require.Contains(t, novaflow(t, term.ExitOK, "project purge research --cloud devcloud-admin --confirm 5"),
		"project research is deleted")
	require.Contains(t, novaflow(t, term.ExitOK, "verify --cloud devcloud-admin"), "nothing else")
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
}

func TestAServerIsChangedAndItsHostDrained(t *testing.T) {
	startTestDev(t)
	novaflow(t, term.ExitOK, "server create web-1 --image tiny --flavor m1.nano --network private")
	for _, c := range [][2]string{
		{"server stop web-1", "SHUTOFF"}, {"server start web-1", "ACTIVE"}, {"server reboot web-1", "ACTIVE"},
		{"server pause web-1", "PAUSED"}, {"server unpause web-1", "ACTIVE"},
		{"server suspend web-1", "SUSPENDED"}, {"server resume web-1", "ACTIVE"},
		{"server resize web-1 --flavor m1.small", "m1.small"}, {"server set web-1 --property tier=front", "ACTIVE"},
		{"server rebuild web-1 --image tiny", "ACTIVE"}, {"server snapshot web-1 --name golden", "ACTIVE"},
		{"server migrate web-1 --cloud devcloud-admin", "ACTIVE"},
		{"host drain compute-1 --cloud devcloud-admin", "ACTIVE"},
	} {
		novaflow(t, term.ExitOK, c[0])
		require.Contains(t, novaflow(t, term.ExitOK, "server show web-1"), c[1], c[0])
	}
	require.Contains(t, novaflow(t, term.ExitFailed, "server resize web-1 --flavor m1.impossible"),
		"reverted: flavor/resize")
	require.Contains(t, novaflow(t, term.ExitOK, "server show web-1"), "m1.small")
	require.Contains(t, novaflow(t, term.ExitOK, "server release web-1 --yes"),
		"is no longer under novaflow's management")
	novaflow(t, term.ExitFailed, "server delete web-1")
	require.Contains(t, novaflow(t, term.ExitOK, "run revert web-1 --reason mistaken"), "was reverted: release")
	require.Contains(t, novaflow(t, term.ExitOK, "server delete web-1"), "deleted")
}

func TestImageFromPublishToDelete(t *testing.T) {
	d := startTestDev(t)
	before := d.Cloud.Inventory()
	require.NoError(t, os.WriteFile(filepath.Join(d.ImageDir, "golden.raw"), bytes.Repeat([]byte("disk"), 1<<18),
		0o600))
	const member = "0123456789abcdef0123456789abcdef"
	const flags = " --file golden.raw --disk-format raw --property os_type=linux --min-disk 1 --min-ram 64 " +
		"--protected --member " + member
	require.Contains(t, novaflow(t, term.ExitOK, "image publish golden --dry-run"+flags), "DeleteImage")
	novaflow(t, term.ExitUsage,
		"image publish golden --file ../golden.raw --disk-format raw --checksum md5:0 --visibility secret")
	require.Contains(t, novaflow(t, term.ExitFailed, "image publish golden --file golden.qcow2 --disk-format qcow3"),
		"qcow2")
	require.Contains(t, novaflow(t, term.ExitFailed, "image publish golden --url "+d.CloudURL+" --disk-format raw"),
		"--image-host")
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
	require.Contains(t, novaflow(t, term.ExitOK, "image publish golden"+flags), "image golden is active")
	require.Contains(t, novaflow(t, term.ExitFailed, "image publish golden"+flags), "exists already")
	require.Contains(t, novaflow(t, term.ExitOK, "image list"), "1.0 MiB")
	var shown struct {
		Visibility, Hash string
		Protected        bool
		Size             int64 `json:"sizeBytes"`
	}
	require.NoError(t, json.Unmarshal([]byte(novaflow(t, term.ExitOK, "image show golden -o json")), &shown))
	require.Equal(t, []any{"shared", true, int64(1 << 20)}, []any{shown.Visibility, shown.Protected, shown.Size})
	require.Contains(t, novaflow(t, term.ExitOK, "image show golden"), shown.Hash)
	require.Contains(t, novaflow(t, term.ExitOK, "verify"), "nothing")
	novaflow(t, term.ExitOK, "server create web-1 --image golden --flavor m1.small --network private")
	require.Contains(t, novaflow(t, term.ExitOK, "server snapshot web-1 --name copy"), "copy")
	require.Contains(t, novaflow(t, term.ExitFailed, "image delete golden"), "--protected")
	require.Contains(t, novaflow(t, term.ExitOK, "image delete golden --protected"),
		"deleted, with everything that was created for it")
	require.Contains(t, novaflow(t, term.ExitOK, "image delete copy"),
		"deleted, with everything that was created for it")
	novaflow(t, term.ExitOK, "server delete web-1")
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
	novaflow(t, term.ExitFailed, "image delete golden")

	request := filepath.Join(t.TempDir(), "image.yaml")
	require.NoError(t, os.WriteFile(request, []byte("name: golden\nfile: golden.raw\ndiskFormat: raw\n"), 0o600))
	novaflow(t, term.ExitUsage, "image publish --disk-format raw --request "+request)
	require.Contains(t, novaflow(t, term.ExitOK, "image publish --request "+request), "private")
	novaflow(t, term.ExitOK, "run revert image:devcloud:golden --reason test")
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))

	novaflow(t, term.ExitOK, "image publish --request "+request)
	novaflow(t, term.ExitUsage, "image release golden")
	require.Contains(t, novaflow(t, term.ExitOK, "image release golden --yes"),
		"image golden is no longer under novaflow's management")
	require.Contains(t, novaflow(t, term.ExitOK, "verify"), "nothing")
	novaflow(t, term.ExitFailed, "image delete golden")
	require.Contains(t, novaflow(t, term.ExitOK, "image adopt golden --yes"),
		"image golden is under novaflow's management now")
	require.Contains(t, novaflow(t, term.ExitOK, "verify"), "nothing")
	require.Contains(t, novaflow(t, term.ExitOK, "image delete golden"), "deleted")
	require.Contains(t, novaflow(t, term.ExitOK, "verify"), "nothing")
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
}
