package image

import (
	"fmt"

	"novaflow/activities"
	"novaflow/activities/glance"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Publish creates an image from a file that the workers have, or from what an address
// serves, and shares it.
//
// Locks: the image's name in its cloud.
//
// Invariant: the image carries the run's mark from its first moment. Nobody outside the
// project sees it before it holds what the source has, by glance's own hash. Either the
// run commits with it, or it is gone.
var Publish = spec.Flow[PublishSpec, Image]{
	Workflow: "ImagePublish", Kind: "image-publish", // both stand in histories
	Build: buildPublish,
	Example: PublishSpec{
		RunOptions: spec.RunOptions{Cloud: "devcloud"}, Name: "golden", File: "golden.qcow2", DiskFormat: "qcow2",
		Visibility: "shared", Protected: true, Members: []string{"other"},
	},
}

// buildPublish adds the tasks, in this order:
//
//	request       look at the source and at what the request names
//	data/image    create an image without data; the scope is tried twice
//	data/upload   send the data
//	data/active   wait, and compare what glance has with what was sent
//	publish       show and protect it
//	share-N       let a project use it
func buildPublish(f *saga.Flow, req PublishSpec) saga.Ref[Image] {
	plan := saga.Add(f, spec.RequestTask, glance.CheckImageAction, saga.From(saga.ThisRun(), req.query),
		saga.Summary("look at the source and look up what the request names"))
	last := addData(f, req, plan)
	if req.visibility() != "private" || req.Protected {
		in := saga.From(last, func(im glance.Image) glance.PublishImageInput {
			return glance.PublishImageInput{
				Cloud: req.Cloud, ImageID: im.ID, Name: im.Name, Visibility: req.visibility(), Protected: req.Protected,
			}
		})
		last = saga.Add(f, "publish", glance.PublishImageAction, in, saga.Summary(req.visibility()))
	}
	var shares []saga.Ref[glance.Shared]
	for i, member := range req.Members {
		in := saga.From2(plan, last, func(p glance.ImagePlan, im glance.Image) glance.ShareImageInput {
			return glance.ShareImageInput{Cloud: req.Cloud, ImageID: im.ID, Name: im.Name, Project: p.Members[i]}
		})
		shares = append(shares, saga.Add(f, fmt.Sprintf("share-%d", i), glance.ShareImageAction, in,
			saga.Summary("with project "+member)))
	}
	return saga.From2(last, saga.Collect(shares), resultOf)
}

// addData adds the tasks up to an image that is active. Glance takes the data of an image
// only once, so an image that went wrong is reverted and created anew, once.
func addData(f *saga.Flow, req PublishSpec, plan saga.Ref[glance.ImagePlan]) saga.Ref[glance.Image] {
	scope := f.Scope("data", saga.Retrying(tryAnotherImage))
	created := saga.Add(scope, "image", glance.ImageAction, saga.Value(req.imageInput()),
		saga.After(plan), saga.Summary(req.Name))
	in := saga.From2(plan, created, func(p glance.ImagePlan, im glance.Image) glance.UploadImageInput {
		return glance.UploadImageInput{
			Cloud: req.Cloud, ImageID: im.ID, Name: im.Name, From: req.source(), SizeBytes: p.SizeBytes,
			Checksum: req.Checksum,
		}
	})
	sent := saga.Add(scope, "upload", glance.UploadImageAction, in, saga.Summary(req.source().String()))
	wait := saga.From(sent, func(u glance.Uploaded) glance.ImageWait {
		return glance.ImageWait{Cloud: req.Cloud, Name: req.Name, Sent: u}
	})
	return saga.Add(scope, "active", glance.WaitImageAction, wait,
		saga.Summary("wait until it is active, and compare"))
}

// tryAnotherImage tries once more if a new image may hold what the first did not.
func tryAnotherImage(failures []saga.Failure) saga.Decision {
	if n := len(failures); n < 2 && failures[n-1].Type == activities.ImageError {
		return saga.Again(saga.Backoff(n))
	}
	return saga.GiveUp()
}

// resultOf returns the result of the run.
func resultOf(im glance.Image, shares []glance.Shared) Image {
	out := Image{
		ID: im.ID, Name: im.Name, Status: im.Status, SizeBytes: im.SizeBytes, HashAlgo: im.HashAlgo, Hash: im.Hash,
		Visibility: im.Visibility, Protected: im.Protected,
	}
	for _, s := range shares {
		out.Members = append(out.Members, s.Project)
	}
	return out
}
