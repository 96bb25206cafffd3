// Package workerhost exists so that the worker of "novaflow dev" and the worker
// process of production are the same worker: same workflows, same activities,
// same options, same way to stop.
package workerhost
