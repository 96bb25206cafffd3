// Package spec exists so that every flow is built from the same parts: a flow as one
// value, the options of a run, ids and locks, readiness, the order in which resources are
// removed, and the validation of requests.
//
// It knows no flow. The packages of the flows import it and never each other: what two of
// them need stands here. It may import activities and saga, and knows no HTTP.
package spec
