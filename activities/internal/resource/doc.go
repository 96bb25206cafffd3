// Package resource exists so that what all kinds of resources do alike is written once:
// they are found by their mark or else created, deleted and waited for until they are
// gone, and looked at by a list that all who wait share. A service describes each of its
// kinds in a [Kind].
//
// It imports internal/cloud and internal/task.
package resource
