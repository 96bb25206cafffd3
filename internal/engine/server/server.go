package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strconv"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	schema "go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/temporal"
	"google.golang.org/protobuf/types/known/durationpb"
)

// retention is how long a closed run stays readable. The server's default of a day is too
// short, because a run is reverted by its history.
const retention = 30 * 24 * time.Hour

// engine is the Temporal server and its Web UI in this process.
type engine struct {
	server temporal.Server
	ui     *uiserver.Server // nil: headless
}

// startServer starts both. The UI answers a moment after startServer has returned.
func startServer(o *options, warn io.Writer) (*engine, error) {
	dynamic, err := dynamicConfig(o.overrides, warn)
	if err != nil {
		return nil, err
	}
	db := databaseConfig(o)
	if err := prepareDatabase(db, o); err != nil {
		return nil, err
	}
	e := &engine{}
	if !o.headless {
		if e.ui, err = newUI(o); err != nil {
			return nil, err
		}
	}
	if e.server, err = newServer(o, db, dynamic); err != nil {
		return nil, err
	}
	if e.ui != nil {
		go e.ui.Start() // ends the process when it cannot listen
	}
	return e, e.server.Start()
}

// newServer finds the ports. The server listens on them when it starts, so start it soon.
func newServer(o *options, db *config.SQL, dynamic dynamicconfig.Client) (temporal.Server, error) {
	t, err := findAddresses(o)
	if err != nil {
		return nil, err
	}
	return temporal.NewServer(
		temporal.WithConfig(serverConfig(db, t)),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(t.hosts()),
		temporal.WithLogger(newLogger(o)),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper {
			return authorization.NewNoopClaimMapper()
		}),
		temporal.WithDynamicConfigClient(dynamic),
	)
}

// stop stops both in the order that drops no request half way.
func (e *engine) stop() error {
	if e.ui != nil {
		e.ui.Stop()
	}
	return e.server.Stop()
}

// prepareDatabase creates the tables of a new file and the namespaces that are missing.
func prepareDatabase(db *config.SQL, o *options) error {
	if o.dbFile != "" {
		_, err := os.Stat(o.dbFile)
		if errors.Is(err, fs.ErrNotExist) {
			err = createTables(db)
		}
		if err != nil {
			return fmt.Errorf("database %s: %w", o.dbFile, err)
		}
	}
	for _, name := range o.namespaces {
		namespace, err := schema.NewNamespaceConfig(clusterName, name, false, o.attributes)
		if err != nil {
			return fmt.Errorf("namespace %s: %w", name, err)
		}
		namespace.Detail.Config.Retention = durationpb.New(retention)
		if err := schema.CreateNamespaces(db, namespace); err != nil {
			return fmt.Errorf("namespace %s: %w", name, err)
		}
	}
	return nil
}

// createTables creates a new database beside its place and moves it there when it is
// whole, so that a kill on the way never leaves a file with half the tables.
func createTables(db *config.SQL) error {
	draft := config.SQL{
		PluginName: db.PluginName, DatabaseName: db.DatabaseName + ".new",
		ConnectAttributes: map[string]string{"mode": "rwc", "journal_mode": "off", "synchronous": "0"},
	}
	if err := os.Remove(draft.DatabaseName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := schema.SetupSchema(&draft); err != nil {
		return err
	}
	file, err := os.OpenFile(draft.DatabaseName, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(draft.DatabaseName, db.DatabaseName)
}

// newUI checks the UI's port first. The UI itself would end the process with nothing but
// the system's words.
func newUI(o *options) (*uiserver.Server, error) {
	address := net.JoinHostPort(o.uiIP, strconv.Itoa(o.uiPort))
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("the Web UI cannot listen: %w", err)
	}
	l.Close()
	frontend := &net.TCPAddr{IP: net.ParseIP(o.ip), Port: o.port}
	return uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
		TemporalGRPCAddress: dialableAddress(frontend),
		Host:                o.uiIP,
		Port:                o.uiPort,
		EnableUI:            true,
		DefaultNamespace:    o.namespaces[0],
		DisableNewsFetch:    true,
		HideLogs:            true,
		CORS:                uiconfig.CORS{CookieInsecure: true},
	})), nil
}

// newLogger returns a logger as the options say.
func newLogger(o *options) log.Logger {
	format := "console"
	if o.format == "json" {
		format = "json"
	}
	level := o.logLevel
	if level == "never" {
		level = "fatal"
	}
	return log.NewZapLogger(log.BuildZapLogger(log.Config{Level: level, Format: format}))
}
