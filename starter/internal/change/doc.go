// Package change starts the runs that change a cloud: it reads their flags and request
// files, starts a run or queues for it, follows it to its end and reports how it ended.
// What a dry run would do and what a deletion takes is found here, too.
//
// It serves the commands of every noun, and what two of them need stands here. Of the
// starter it imports term, clouds and runs.
package change
