// Package activities exists so that flows can change an OpenStack cloud in
// steps that may be repeated, lost or reverted without leaving anything
// behind.
//
// The activities of each service are in a package of its own: neutron, glance, cinder,
// keystone and nova, with nova/attach, nova/plan and nova/hosts. Package inventory has
// what concerns all services. This package registers them, and has aliases for what
// their users need of the internal packages. Imports go only in one direction:
//
//	internal/cloud <- internal/task <- internal/resource <- internal/precheck <-
//	neutron, glance <- cinder <- keystone <- nova <- nova/attach <-
//	nova/plan, nova/hosts <- inventory <- activities
//
// Every activity that creates something comes with the one that deletes it, and
// both are paired in a package-level action such as neutron.PortAction, which is what
// flows use. The contract of each pair:
//
//   - Do looks for the mark first. One match is adopted; two are a terminal
//     error that names both; none means create, with the mark in the same
//     request. Nothing that can fail may follow the create.
//   - Undo makes sure that whatever carries the mark is absent, and returns
//     only when it is gone. Absent already is success. It never touches what
//     does not carry the mark, whatever its name or id.
//   - Submitting and waiting are different activities. Waits know ERROR and
//     return the cloud's own words.
//
// Every error that leaves an activity is an application error whose type is a
// [Class] or one of the types listed there, and whose message says what failed
// on which resource, in the cloud's words, with the id of the request.
// Activities heartbeat from start to end and say what they wait for.
//
// Credentials never leave the worker: inputs name a cloud, and [Clouds] reads
// clouds.yaml.
package activities
