// Command novaflow is the command line of novaflow: it creates and deletes servers and
// other resources, shows what runs do and have done, sends runs what operators decide,
// and starts an engine, a cloud and a worker on this machine for a first try.
//
// It decides nothing about clouds, which is the worker's part. It starts workflows, asks
// them for their ledgers and puts the answers into words. This package only builds the
// tree of commands; each noun has a package of its own below internal, and the nouns
// share the packages term, clouds, runs and change, each of which imports those before
// it.
//
// Exit codes: 0 committed, 1 reverted, failed or cancelled, 2 the request itself is
// wrong, 3 the run is stuck or held and needs a decision, 130 the user stopped watching.
package main
