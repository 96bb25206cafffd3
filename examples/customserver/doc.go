// Package customserver changes the flow that creates servers without changing
// the module that it comes from: large flavors are refused by a policy, each
// server is written into an inventory before its volumes are attached, and the
// wait for it is made long enough for bare metal. It exists to show that flows
// are open to those who run them.
//
// The changes name tasks as the Web UI shows them. If a name or a type no longer
// fits after an upgrade, a run says so before it begins anything.
package customserver
