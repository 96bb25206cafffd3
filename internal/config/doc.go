// Package config exists so that the worker and the command line find the engine
// and write their logs in one and the same way.
//
// The connection comes, in rising order of precedence, from the TOML profile
// that every Temporal tool reads, from the TEMPORAL_* environment variables and
// from flags; without any of them it is the engine that "novaflow dev" starts.
package config
