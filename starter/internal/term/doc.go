// Package term keeps everything that commands do with a terminal in one place, so that
// all of them print tables, documents, colours, times and mistakes alike, complete words
// alike and end with the same exit codes.
//
// It knows nothing of clouds and runs, and imports no other package of the starter.
package term
