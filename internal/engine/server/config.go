package main

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
)

const (
	loopback    = "127.0.0.1"
	clusterName = "active"
)

// databaseConfig returns where the state is kept: a file, or the memory of this process.
func databaseConfig(o *options) *config.SQL {
	if o.dbFile == "" {
		return &config.SQL{PluginName: sqlite.PluginName, DatabaseName: "novaflow",
			ConnectAttributes: map[string]string{"mode": "memory", "cache": "shared"}}
	}
	attributes := map[string]string{"mode": "rwc"}
	for _, pragmas := range []map[string]string{tunedPragmas, o.pragmas} {
		for name, value := range pragmas {
			attributes[name] = value
		}
	}
	return &config.SQL{PluginName: sqlite.PluginName, DatabaseName: o.dbFile, ConnectAttributes: attributes}
}

// topology is where the four services of the server listen. Only the frontend has an
// address that others know. The rest use free ports on the loopback.
type topology map[primitives.ServiceName]*net.TCPAddr

// findAddresses finds free addresses. It holds all of them until it has found the last,
// so that no two are the same. They are free again when it returns.
func findAddresses(o *options) (topology, error) {
	t := topology{}
	wanted := map[primitives.ServiceName]string{
		primitives.FrontendService: net.JoinHostPort(o.ip, strconv.Itoa(o.port)),
		primitives.HistoryService:  loopback + ":0",
		primitives.MatchingService: loopback + ":0",
		primitives.WorkerService:   loopback + ":0",
	}
	for name, address := range wanted {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return nil, fmt.Errorf("the %s cannot listen: %w", name, err)
		}
		defer l.Close()
		t[name] = l.Addr().(*net.TCPAddr)
	}
	return t, nil
}

// dialableAddress returns the address by which the services of this process reach each
// other.
func dialableAddress(a *net.TCPAddr) string {
	if a.IP.IsUnspecified() {
		return net.JoinHostPort(loopback, strconv.Itoa(a.Port))
	}
	return a.String()
}

// services returns the addresses as the server's configuration has them.
func (t topology) services() map[string]config.Service {
	out := map[string]config.Service{}
	for name, a := range t {
		out[string(name)] = config.Service{RPC: config.RPC{GRPCPort: a.Port, BindOnIP: a.IP.String()}}
	}
	return out
}

// hosts returns the addresses as the server's static membership has them.
func (t topology) hosts() map[primitives.ServiceName]static.Hosts {
	out := map[primitives.ServiceName]static.Hosts{}
	for name, a := range t {
		out[name] = static.Hosts{All: []string{dialableAddress(a)}, Self: dialableAddress(a)}
	}
	return out
}

// serverConfig returns the whole static configuration of the server. It has one shard:
// with one node on SQLite more shards only cost time.
func serverConfig(db *config.SQL, t topology) *config.Config {
	frontend := dialableAddress(t[primitives.FrontendService])
	return &config.Config{
		Global: config.Global{
			Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: loopback},
		},
		Persistence: config.Persistence{
			DefaultStore: sqlite.PluginName, VisibilityStore: sqlite.PluginName, NumHistoryShards: 1,
			DataStores: map[string]config.DataStore{sqlite.PluginName: {SQL: db}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10, MasterClusterName: clusterName, CurrentClusterName: clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            t.services(),
		Archival: config.Archival{
			History:    config.HistoryArchival{State: "disabled"},
			Visibility: config.VisibilityArchival{State: "disabled"},
		},
		PublicClient: config.PublicClient{HostPort: frontend},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
		}},
	}
}
