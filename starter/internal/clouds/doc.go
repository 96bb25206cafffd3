// Package clouds answers what a command itself asks a cloud, beside the run that a worker
// does: which cloud is meant, what a name stands for, what there is to list and to
// complete.
//
// It changes nothing in a cloud. Of the starter it imports term only.
package clouds
