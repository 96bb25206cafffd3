package dev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"novaflow/activities"
	"novaflow/audit"
	"novaflow/internal/config"
	"novaflow/internal/devcloud"
	"novaflow/internal/engine"
	"novaflow/internal/workerhost"
	"novaflow/saga"
	"novaflow/saga/sagacodec"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

// Options are the settings of "novaflow dev".
type Options struct {
	DataDir                       string
	enginePort, uiPort, cloudPort int
	BuildTime                     time.Duration
	Headless                      bool
	images                        workerhost.Images
	Connection                    config.Connection // Address is set if the user has an engine
	Logging                       config.Logging
	Progress                      io.Writer // receives messages about what takes long
}

// validate returns the first setting that is not possible.
func (o Options) validate() error {
	for _, p := range []struct {
		flag string
		port int
	}{{"--port", o.enginePort}, {"--ui-port", o.uiPort}, {"--cloud-port", o.cloudPort}} {
		if p.port < 0 || p.port > 65535 {
			return term.Usage("%s %d: want a port from 1 to 65535, or 0 for any free one", p.flag, p.port)
		}
	}
	if o.BuildTime < 0 {
		return term.Usage("--build-time %s: want 0 or more", o.BuildTime)
	}
	return nil
}

// System is an engine, a cloud and a worker in one place.
type System struct {
	DataDir            string
	ImageDir           string // of files to create images from
	Address, namespace string
	webUI              string
	CloudURL           string

	Cloud    *devcloud.Cloud
	keys     *sagacodec.Keys
	Client   client.Client
	engine   *engine.Engine // nil if the user has one
	failed   chan error     // a worker that cannot go on
	stoppers []func() error // in the order of starting
}

// Start starts everything and returns when the worker accepts work. If a part fails, the
// parts before it are stopped again.
func Start(ctx context.Context, o Options) (*System, error) {
	d := &System{failed: make(chan error, 1)}
	for _, start := range []func(context.Context, Options) error{d.claim, d.findKeys, d.startCloud, d.startEngine,
		d.connect, d.startWorker} {
		if err := start(ctx, o); err != nil {
			return d, errors.Join(err, d.Stop())
		}
	}
	return d, nil
}

// claim locks the data folder.
func (d *System) claim(_ context.Context, o Options) error {
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		return fmt.Errorf("--data-dir: %w", err)
	}
	d.DataDir = dir
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	d.onStop(lock.Close)
	return nil
}

// findKeys reads the keys for secrets, and creates the first one if there is none.
func (d *System) findKeys(_ context.Context, o Options) error {
	connection := o.Connection
	connection.FallbackKeys = clouds.DevKeysFile(d.DataDir)
	if _, err := os.Stat(connection.FallbackKeys); errors.Is(err, fs.ErrNotExist) {
		key, err := sagacodec.NewKey("dev-" + time.Now().UTC().Format("20060102"))
		if err == nil {
			err = term.ReplaceFile(connection.FallbackKeys, []byte(key))
		}
		if err != nil {
			return err
		}
	}
	keys, err := connection.SecretKeys()
	d.keys = keys
	return err
}

// startCloud opens the cloud and writes the clouds.yaml that leads to it.
func (d *System) startCloud(_ context.Context, o Options) error {
	cloud, err := devcloud.Open(devcloud.Options{File: filepath.Join(d.DataDir, "cloud.journal"),
		BuildTime: o.BuildTime})
	if err != nil {
		return fmt.Errorf("the cloud in %s: %w", d.DataDir, err)
	}
	d.Cloud = cloud
	d.onStop(cloud.Close)
	if d.CloudURL, err = cloud.Start(net.JoinHostPort("127.0.0.1", strconv.Itoa(o.cloudPort))); err != nil {
		return fmt.Errorf("port %d for the cloud cannot be had (%w): stop what listens there, or give --cloud-port",
			o.cloudPort, err)
	}
	return term.ReplaceFile(clouds.DevCloudsFile(d.DataDir), cloud.CloudsYAML())
}

// startEngine starts an engine unless the user has one.
func (d *System) startEngine(ctx context.Context, o Options) error {
	options, err := o.Connection.Options()
	if err != nil {
		return err
	}
	d.namespace, d.Address = options.Namespace, options.HostPort
	if o.Connection.Address != "" {
		return nil
	}
	d.engine, err = engine.Start(ctx, engine.Options{
		DataDir: filepath.Join(d.DataDir, "engine"), Port: o.enginePort, UIPort: o.uiPort, NoUI: o.Headless,
		Namespace: d.namespace, Progress: o.Progress,
	})
	if err != nil {
		return err
	}
	d.onStop(d.engine.Stop)
	d.Address, d.webUI = d.engine.Address, d.engine.UIURL
	return nil
}

// connect connects to the engine and prepares its namespace. The connection's other
// settings are for the user's own engine.
func (d *System) connect(ctx context.Context, o Options) error {
	connection := o.Connection
	if d.engine != nil {
		connection = config.Connection{Address: d.Address, Namespace: d.namespace, Env: noEnvironment{}}
	}
	connection.Keys = d.keys
	logger, err := o.Logging.Logger()
	if err != nil {
		return term.WithCode(term.ExitUsage, err)
	}
	if d.Client, err = connection.Dial(ctx, config.ForEngine(logger)); err != nil {
		return err
	}
	d.onStop(func() error {
		d.Client.Close()
		logger.Sync() //nolint:errcheck // a terminal cannot be synced
		return nil
	})
	return saga.EnsureSearchAttributes(ctx, d.Client, d.namespace)
}

// startWorker serves the dev cloud and the clouds of the user.
func (d *System) startWorker(_ context.Context, o Options) error {
	archive, err := audit.NewArchive(config.AuditFile(d.DataDir))
	if err != nil {
		return err
	}
	d.onStop(archive.Close)
	images, err := d.imageSources(o)
	if err != nil {
		return err
	}
	access := activities.NewClouds(clouds.DevCloudsFile(d.DataDir))
	access.SetKeys(d.keys)
	access.SetImages(images)
	w := workerhost.New(d.Client, workerhost.Options{
		TaskQueue: workflows.TaskQueue, Clouds: access, Archive: archive,
		OnFatal: func(err error) {
			select {
			case d.failed <- err:
			default: // one reason is enough
			}
		},
	})
	if err := w.Start(); err != nil {
		return fmt.Errorf("the worker: %w", err)
	}
	d.onStop(func() error { stopWorker(w); return nil })
	return nil
}

// imageSources returns the user's sources of images, or a folder beside the state.
func (d *System) imageSources(o Options) (activities.ImageSources, error) {
	images := o.images
	if images.Dir == "" {
		images.Dir = filepath.Join(d.DataDir, "images")
		if err := os.MkdirAll(images.Dir, 0o700); err != nil {
			return activities.ImageSources{}, fmt.Errorf("the folder for images: %w", err)
		}
	}
	d.ImageDir = images.Dir
	sources, err := images.Sources()
	if err != nil {
		return sources, term.WithCode(term.ExitUsage, err)
	}
	return sources, nil
}

func stopWorker(w worker.Worker) { w.Stop() }

func (d *System) onStop(stop func() error) { d.stoppers = append(d.stoppers, stop) }

// wait returns when the user stops, or when a part ends by itself, which is an
// error.
func (d *System) wait(ctx context.Context) error {
	var ended <-chan struct{}
	if d.engine != nil {
		ended = d.engine.Done()
	}
	select {
	case <-ctx.Done():
		return nil
	case <-ended:
		return errors.Join(errors.New("the engine has ended"), d.engine.Err())
	case err := <-d.failed:
		return fmt.Errorf("the worker cannot go on: %w", err)
	}
}

// Stop stops all parts that were started, the last one first.
func (d *System) Stop() error {
	var errs []error
	for len(d.stoppers) > 0 {
		last := len(d.stoppers) - 1
		errs = append(errs, d.stoppers[last]())
		d.stoppers = d.stoppers[:last]
	}
	return errors.Join(errs...)
}

// noEnvironment keeps settings for other engines away from our own.
type noEnvironment struct{}

// Environ implements the environment of the engine's client configuration.
func (noEnvironment) Environ() []string { return nil }

// LookupEnv implements the environment of the engine's client configuration.
func (noEnvironment) LookupEnv(key string) (string, bool) {
	if key == "TEMPORAL_CONFIG_FILE" {
		return os.DevNull, true // no profile either
	}
	return "", false
}
