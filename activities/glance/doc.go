// Package glance exists so that flows can create, fill, publish and share images in steps
// that may be repeated, lost or reverted. It also knows the images that nova creates of
// servers, with their snapshots of volumes.
//
// It imports the internal packages of activities and no other service.
package glance
