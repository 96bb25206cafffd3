package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"go.temporal.io/sdk/client"

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

func aboutDeleted(d workflows.Deleted) (string, [][2]string) {
	words := "deleted, with all that was made for it:\n  " + strings.Join(d.Removed, "\n  ")
	if len(d.Left) > 0 {
		words += "\nleft, as others use it:\n  " + strings.Join(d.Left, "\n  ")
	}
	return words, nil
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

func aboutNetwork(n workflows.NetworkMade) (string, [][2]string) {
	fields := [][2]string{{"id", n.ID}}
	for _, s := range n.Subnets {
		fields = append(fields, [2]string{"subnet " + s.CIDR, s.ID})
	}
	return fmt.Sprintf("network %s is there", n.Name), append(fields, [2]string{"router", n.Router},
		[2]string{"external addresses", strings.Join(n.ExternalIPs, ", ")}, [2]string{"security group", n.SecurityGroup})
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

// reportCommitted tells what a committed run has done.
func reportCommitted(ctx context.Context, session *session, engine client.Client, s snapshot, form term.Format) error {
	made, err := result(ctx, engine, s.workflow, s.run)
	if err != nil {
		return unreadable(err)
	}
	if form.IsDocument() {
		return term.PrintDocument(session.out, form, report{Workflow: s.workflow, Run: s.run, Outcome: decide(s, nil), Result: made})
	}
	about, known := session.reporters[s.kind]
	if !known {
		fmt.Fprintf(session.out, "%s %s has committed: %s\n", s.kind, s.workflow, made)
		return nil
	}
	headline, fields, err := about(made)
	if err != nil {
		return unreadable(err)
	}
	fmt.Fprintln(session.out, headline)
	return term.PrintFields(session.out, append(fields, [2]string{"run", s.workflow + ", run id " + s.run}))
}

func unreadable(err error) error {
	return fmt.Errorf("the run has committed, but its result cannot be read: %w", err)
}
