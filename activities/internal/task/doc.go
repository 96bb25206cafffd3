// Package task exists so that every activity has the same frame. [Forward] and [Backward]
// open the cloud, send heartbeats, and turn errors into the application errors that the
// engine records. [Uninterrupted] protects requests that create something.
//
// It imports only internal/cloud of the packages of activities.
package task
