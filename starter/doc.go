// Command novaflow is how people start, watch and steer runs: it creates and
// deletes servers, shows what runs do and have done, and starts an engine, a
// cloud and a worker on this machine for a first try.
//
// It decides nothing about clouds: that is the worker's part. It starts
// workflows, asks them for their ledgers and puts the answers into words.
//
// Exit codes: 0 committed, 1 reverted, failed or cancelled, 2 the request itself
// is wrong, 3 the run is stuck, 130 the user stopped watching.
package main
