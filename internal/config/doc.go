// Package config exists so that the worker and the command line find the engine, the
// audit store and the keys, and write their logs, in the same way. It imports the
// Temporal SDK and saga/sagacodec, and no other package of novaflow.
//
// The connection comes, in rising order of precedence, from the TOML profile that every
// Temporal tool reads, from the TEMPORAL_* environment variables and from flags. Without
// any of them it is the engine that "novaflow dev" starts.
package config
