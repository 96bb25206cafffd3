package main

import (
	"cmp"
	"fmt"
	"strings"

	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

func aboutServer(s workflows.Server) (string, [][2]string) {
	return fmt.Sprintf("server %s is %s", s.Name, s.Status), [][2]string{
		{"id", s.ID},
		{"addresses", strings.Join(s.Addresses, ", ")},
		{"floating IP", s.FloatingIP},
		{"ports", strings.Join(s.Ports, ", ")},
		{"boot volume", s.BootVolume},
		{"volumes", strings.Join(s.Volumes, ", ")},
		{"flavor", s.Flavor},
		{"zone", s.Zone},
		{"key pair", s.KeyPair},
		{"server group", s.ServerGroup},
	}
}

func aboutImage(im workflows.Image) (string, [][2]string) {
	protected := ""
	if im.Protected {
		protected = "yes"
	}
	return fmt.Sprintf("image %s is %s", im.Name, im.Status), [][2]string{
		{"id", im.ID}, {"size", term.Mebibytes(im.SizeBytes)}, {cmp.Or(im.HashAlgo, "hash"), im.Hash}, {"visibility", im.Visibility},
		{"members", strings.Join(im.Members, ", ")}, {"protected", protected},
	}
}

func aboutVolume(v workflows.Volume) (string, [][2]string) {
	return fmt.Sprintf("volume %s is %s", cmp.Or(v.Name, v.ID), v.Status), [][2]string{
		{"id", v.ID}, {"size", fmt.Sprintf("%d GiB", v.Size)}, {"servers", strings.Join(v.Servers, ", ")},
	}
}

func aboutVolumeSnapshot(s workflows.SnapshotOfVolume) (string, [][2]string) {
	return fmt.Sprintf("snapshot %s is %s", s.Name, s.Status), [][2]string{{"id", s.ID}, {"volume", s.Volume}, {"size", fmt.Sprintf("%d GiB", s.Size)}}
}

// aboutAttached says what has become of a volume or port of a server.
func aboutAttached(is string) func(workflows.Attached) (string, [][2]string) {
	return func(at workflows.Attached) (string, [][2]string) {
		thing := "volume " + at.Volume
		if at.Port != "" {
			thing = "port " + at.Port
		}
		said := fmt.Sprintf("%s %s server %s", thing, is, at.Server)
		if at.Deleted {
			said += ", and deleted, as novaflow had made it"
		}
		return said, [][2]string{{"device", at.Device}, {"addresses", strings.Join(at.Addresses, ", ")}}
	}
}
