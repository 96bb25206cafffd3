package plan

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/activities/cinder"
	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
)

// smallCloud is a cloud where the query of TestPlan can work.
func smallCloud() facts {
	return facts{
		images: []glance.VisibleImage{{ID: "i1", Name: "debian", Status: "active", MinDiskGiB: 2, MinRAMMiB: 512,
			Bytes: 3 << 30}},
		flavors: []nova.Flavor{{ID: "f1", Name: "small", VCPUs: 2, RAMMiB: 1024, DiskGiB: 10},
			{ID: "f2", Name: "diskless", VCPUs: 1, RAMMiB: 1024}},
		networks: []neutron.VisibleNetwork{{ID: "n1", Name: "private", HasSubnet: true},
			{ID: "n2", Name: "public", External: true, HasSubnet: true}},
		keys: []string{"mine"}, zones: []string{"nova"},
		quotas: []precheck.QuotaLine{precheck.NewQuotaLine(cloud.Nova, "instances", 10, 9),
			precheck.NewQuotaLine(cloud.Nova, "cores", 20, 18), precheck.NewQuotaLine(cloud.Nova, "ram", -1, 1<<20),
			precheck.NewQuotaLine(cloud.Cinder, "volumes", 2, 0), precheck.NewQuotaLine(cloud.Cinder, "gigabytes", 100,
				90), precheck.NewQuotaLine(cloud.Neutron, "port", 5, 4)},
	}
}

func smallQuery() ServerQuery {
	return ServerQuery{Name: "web", Image: "debian", Flavor: "small", KeyName: "mine", AvailabilityZone: "nova",
		Networks: []string{"private"}, ExternalNetwork: neutron.AutoNetwork}
}

// TestPlan: each mistake in a request is one line that says what to do.
func TestPlan(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*ServerQuery, *facts)
		want   string // the one problem; "" for none
	}{
		{"as it is", func(*ServerQuery, *facts) {}, ""},
		{"the run's own server is no obstacle", func(q *ServerQuery, f *facts) {
			q.Run, f.namesakes = "r1", []nova.Server{
				{OwnedObject: resource.OwnedObject{Name: "web", Mark: "novaflow:r1/server#1"}},
			}
		}, ""},
		{"a boot volume makes the flavor's disk irrelevant", func(q *ServerQuery, f *facts) {
			q.BootVolumeGiB,
				f.flavors[0].DiskGiB = 3, 1
		}, ""},
		{"a flavor without disk takes any image", func(q *ServerQuery, _ *facts) { q.Flavor = "diskless" }, ""},
		{"no quota known", func(_ *ServerQuery, f *facts) { f.quotas = nil }, ""},
		{"image by another case", func(q *ServerQuery, _ *facts) { q.Image = "Debian" },
			`there is no image "Debian"; did you mean "debian"?`},
		{"no image", func(q *ServerQuery, _ *facts) { q.Image = "" }, `no image is given: name one of "debian"`},
		{"two images of one name", func(_ *ServerQuery, f *facts) {
			f.images = append(f.images, glance.VisibleImage{ID: "i2", Name: "debian"})
		}, `2 images are called "debian": name one by its id: i1, i2`},
		{"image not active", func(_ *ServerQuery, f *facts) { f.images[0].Status = "deactivated" },
			`image "debian" (i1) is deactivated: use one that is active`},
		{"too little memory", func(_ *ServerQuery, f *facts) { f.flavors[0].RAMMiB = 256 },
			`flavor "small" has 256 MiB of memory, but image "debian" needs 512: choose a larger flavor`},
		{"disk smaller than the image", func(_ *ServerQuery, f *facts) { f.flavors[0].DiskGiB = 2 },
			`flavor "small" has a disk of 2 GiB, but image "debian" needs 3: choose a larger flavor, or boot from a volume`},
		{"boot volume too small", func(q *ServerQuery, _ *facts) { q.BootVolumeGiB = 2 },
			`the boot volume of 2 GiB is too small for image "debian", which needs 3 GiB: ask for a larger one`},
		{"network without subnet", func(_ *ServerQuery, f *facts) { f.networks[0].HasSubnet = false },
			`network "private" (n1) has no subnet, so its ports get no address: add one, or choose another network`},
		{"external network that is none", func(q *ServerQuery, _ *facts) { q.ExternalNetwork = "private" },
			`there is no external network "private": name one of "public"`},
		{"no external network", func(_ *ServerQuery, f *facts) { f.networks[1].External = false },
			"there is no external network for a floating IP: ask the operator of the cloud, or do without"},
		{"two external networks", func(_ *ServerQuery, f *facts) {
			f.networks = append(f.networks, neutron.VisibleNetwork{ID: "n3", Name: "world", External: true})
		}, `there are several external networks: name one of "public", "world"`},
		{"key pair", func(q *ServerQuery, _ *facts) { q.KeyName = "yours" },
			`key pair "yours" does not exist for this user: create it with "openstack keypair create"`},
		{"zone", func(q *ServerQuery, _ *facts) { q.AvailabilityZone = "novo" },
			`availability zone "novo" does not exist or is not available; did you mean "nova"?: known are "nova"`},
		{"fallback flavor", func(q *ServerQuery, _ *facts) { q.FallbackFlavors = []string{"diskles"} },
			`there is no flavor "diskles"; did you mean "diskless"?`},
		{"fallback flavor by id", func(q *ServerQuery, _ *facts) { q.FallbackFlavors = []string{"f1"} },
			`flavor "small" (f1) is to be tried twice: name it once`},
		{"fallback flavor without room", func(q *ServerQuery, f *facts) {
			q.FallbackFlavors, f.quotas[1].Limit, f.flavors[1].VCPUs = []string{"diskless"}, 20, 4
		}, "nova quota exceeded for cores: 4 more needed, 18 of 20 used: free some, or ask for a larger quota"},
		{"fallback zone", func(q *ServerQuery, _ *facts) { q.FallbackZones = []string{"mars"} },
			`availability zone "mars" does not exist or is not available: known are "nova"`},
		{"key pair whose name is taken", func(q *ServerQuery, _ *facts) { q.NewKeyPair = true },
			`key pair "mine" exists already for this user: choose another name with --key-name, or use that one by leaving out the public key`},
		{"the run's own key pair is no obstacle", func(q *ServerQuery, f *facts) {
			q.NewKeyPair, q.Run,
				f.keyRuns = true, "r1", []string{"r1"}
		}, ""},
		{"key pairs", func(q *ServerQuery, f *facts) {
			q.NewKeyPair, q.KeyName, f.quotas = true, "new",
				[]precheck.QuotaLine{precheck.NewQuotaLine(cloud.Nova, nova.QuotaKeyPairs, 1, 0)}
		}, "nova quota exceeded for key_pairs: 1 more needed, 1 of 1 used: free some, or ask for a larger quota"},
		{"server groups", func(q *ServerQuery, f *facts) {
			q.NewServerGroup, f.quotas = true,
				[]precheck.QuotaLine{precheck.NewQuotaLine(cloud.Nova, nova.QuotaServerGroups, 3, 3)}
		}, "nova quota exceeded for server_groups: 1 more needed, 3 of 3 used: free some, or ask for a larger quota"},
		{"properties", func(q *ServerQuery, f *facts) {
			q.Properties, f.quotas = 127,
				[]precheck.QuotaLine{precheck.NewQuotaLine(cloud.Nova, nova.QuotaMetadataItems, 128, 0)}
		}, "nova quota exceeded for metadata_items: 129 more needed, 0 of 128 used: free some, or ask for a larger " +
			"quota"},
		{"snapshot", func(q *ServerQuery, f *facts) {
			q.Image, q.Snapshot, f.snapshots = "", "gold",
				[]cinder.SourceSnapshot{{ID: "s1", Name: "gold", Status: "creating", SizeGiB: 1}}
		}, `volume snapshot "gold" (s1) is creating: use one that is available`},
		{"snapshot of what does not boot", func(q *ServerQuery, f *facts) {
			q.Image, q.Snapshot, f.snapshots = "", "gold",
				[]cinder.SourceSnapshot{{ID: "s1", Name: "gold", Status: "available", NotBootable: true, SizeGiB: 1}}
		}, `volume snapshot "gold" (s1) was taken of a volume that is not bootable: use another, or an image`},
		{"boot volume smaller than the snapshot", func(q *ServerQuery, f *facts) {
			q.Image, q.Snapshot, q.BootVolumeGiB, f.snapshots = "", "gold", 1,
				[]cinder.SourceSnapshot{{ID: "s1", Name: "gold", Status: "available", SizeGiB: 2}}
		}, `the boot volume of 1 GiB is too small for volume snapshot "gold" (s1) of 2 GiB: ask for a larger one`},
		{"volume that does not boot", func(q *ServerQuery, f *facts) {
			q.Image, q.BootVolume, f.volumes = "", "v1",
				[]cinder.Volume{{OwnedObject: resource.OwnedObject{ID: "v1", Name: "data", Status: "available"}}}
		}, `volume "data" (v1) is not bootable: mark it so with "openstack volume set --bootable", or use another`},
		{"volume of another project", func(q *ServerQuery, f *facts) {
			q.Volumes, f.project, f.volumes = []string{"v1"}, "p1",
				[]cinder.Volume{{OwnedObject: resource.OwnedObject{ID: "v1", Name: "data", Status: "available",
					Project: "p2"}}}
		}, `volume "data" (v1) belongs to another project: use one of your own`},
		{"one volume by name and id", func(q *ServerQuery, f *facts) {
			q.Volumes, f.volumes = []string{"v1", "data"},
				[]cinder.Volume{{OwnedObject: resource.OwnedObject{ID: "v1", Name: "data", Status: "available"}}}
		}, `volume "data" (v1) is named twice: a server has it once`},
		{"port of another project", func(q *ServerQuery, f *facts) {
			q.Ports, q.Networks, f.project, f.ports = []PortQuery{{Port: "p"}}, []string{""}, "p1",
				[]neutron.Port{{OwnedObject: resource.OwnedObject{ID: "p", Project: "p2"},
					FixedIPs: []string{"10.0.0.1"}}}
		}, `port p belongs to another project: use one of your own`},
		{"port without address", func(q *ServerQuery, f *facts) {
			q.Ports, q.Networks, f.ports = []PortQuery{{Port: "p"}}, []string{""},
				[]neutron.Port{{OwnedObject: resource.OwnedObject{ID: "p"}}}
		}, `port p has no fixed address: give it one, or use another`},
		{"a brought port takes no quota", func(q *ServerQuery, f *facts) {
			q.Ports, q.Networks, f.quotas = []PortQuery{{Port: "p"}}, []string{""},
				[]precheck.QuotaLine{precheck.NewQuotaLine(cloud.Neutron, "port", 5, 5)}
			f.ports = []neutron.Port{{OwnedObject: resource.OwnedObject{ID: "p"}, FixedIPs: []string{"10.0.0.1"}}}
		}, ""},
		{"the run's own server may have what is brought", func(q *ServerQuery, f *facts) {
			q.Run, f.namesakes = "r1", []nova.Server{{OwnedObject: resource.OwnedObject{ID: "s1", Name: "web",
				Mark: "novaflow:r1/server#1"}, Volumes: []string{"v1"}}}
			q.Volumes, f.volumes = []string{"v1"},
				[]cinder.Volume{{OwnedObject: resource.OwnedObject{ID: "v1", Status: "in-use"}}}
			q.Ports, q.Networks = []PortQuery{{Port: "p"}}, []string{""}
			f.ports = []neutron.Port{{OwnedObject: resource.OwnedObject{ID: "p"}, FixedIPs: []string{"10.0.0.1"},
				DeviceID: "s1"}}
		}, ""},
		{"host name on an old cloud", func(q *ServerQuery, f *facts) { q.Hostname, f.compute = true, "2.9" },
			"a host name of its own needs compute API 2.90, and this cloud has 2.9 at most: leave the host name out"},
		{"host name on a new cloud", func(q *ServerQuery, f *facts) { q.Hostname, f.compute = true, "2.96" }, ""},
		{"user data that is too long", func(_ *ServerQuery, f *facts) { f.userDataSize = nova.MaxUserDataBytes + 1 },
			"the user data has 49150 bytes, and nova takes 49149: let it fetch the rest"},
		{"instances", func(_ *ServerQuery, f *facts) { f.quotas[0].Used = 10 },
			"nova quota exceeded for instances: 1 more needed, 10 of 10 used: free some, or ask for a larger quota"},
		{"cores", func(_ *ServerQuery, f *facts) { f.quotas[1].Used = 19 },
			"nova quota exceeded for cores: 2 more needed, 19 of 20 used: free some, or ask for a larger quota"},
		{"volumes", func(q *ServerQuery, _ *facts) { q.DataVolumesGiB = []int{1, 1, 1} },
			"cinder quota exceeded for volumes: 3 more needed, 0 of 2 used: free some, or ask for a larger quota"},
		{"gigabytes", func(q *ServerQuery, _ *facts) { q.BootVolumeGiB, q.DataVolumesGiB = 5, []int{6} },
			"cinder quota exceeded for gigabytes: 11 more needed, 90 of 100 used: free some, or ask for a larger quota"},
		{"security group rules", func(q *ServerQuery, f *facts) {
			q.SecurityGroup, q.Rules, f.quotas = true, 3,
				[]precheck.QuotaLine{precheck.NewQuotaLine(cloud.Neutron, "security_group_rule", 10, 6)}
		}, "neutron quota exceeded for security_group_rule: 5 more needed, 6 of 10 used: free some, or ask for a " +
			"larger quota"},
		{"volume types that exist", func(q *ServerQuery, f *facts) {
			q.VolumeTypes, f.types = []string{"ssd", "t2"}, []cinder.VolumeType{{ID: "t1", Name: "ssd"},
				{ID: "t2", Name: "hdd"}}
		}, ""},
		{"volume type", func(q *ServerQuery, f *facts) {
			q.VolumeTypes, f.types = []string{"sdd", "sdd"}, []cinder.VolumeType{{ID: "t1", Name: "ssd"},
				{ID: "t2", Name: "nvme"}}
		}, `there is no volume type "sdd"; did you mean "ssd"?`},
		{"ports", func(q *ServerQuery, _ *facts) { q.Networks = []string{"private", "n1"} },
			"neutron quota exceeded for port: 2 more needed, 4 of 5 used: free some, or ask for a larger quota"},
		{"another run's server", func(q *ServerQuery, f *facts) {
			q.Run, f.namesakes = "r2", []nova.Server{{OwnedObject: resource.OwnedObject{ID: "s1", Name: "web",
				Mark: "novaflow:r1/server#1"}}}
		}, `server "web" exists already (s1, created by run r1): choose another name, or delete that server first`},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, f := smallQuery(), smallCloud()
			c.change(&q, &f)
			_, problems := f.plan(q)
			if c.want == "" {
				require.Empty(t, problems)
			} else {
				require.Equal(t, []string{c.want}, problems)
			}
		})
	}
}
