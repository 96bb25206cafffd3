// Package customserver exists to show that users can change a flow of novaflow
// without changing its module. It changes the flow that creates servers: a policy
// refuses large flavors, each server is written into an inventory before its volumes
// are attached, and the flow waits for it long enough for bare metal. It imports the
// public packages of novaflow and nothing under novaflow/internal.
//
// The changes name tasks as the Web UI shows them. If a name or a type no longer fits
// after an upgrade, the worker does not start.
package customserver
