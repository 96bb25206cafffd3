// Package workerhost exists so that the worker of "novaflow dev" and the worker process
// of production are the same worker: the same workflows, activities and options, and the
// same way to stop. It imports workflows, activities, audit and saga. The two programs
// import it.
package workerhost
