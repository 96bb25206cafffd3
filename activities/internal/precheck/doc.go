// Package precheck exists so that a person learns of everything that is wrong with a
// request at once, before its first effect. It collects problems, resolves names and ids,
// and compares what is needed with quotas.
//
// It may import saga, internal/cloud, internal/task and internal/resource.
package precheck
