package main

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

// devOptions say what "novaflow dev" starts.
type devOptions struct {
	dataDir                       string
	enginePort, uiPort, cloudPort int
	buildTime                     time.Duration
	headless                      bool
	images                        workerhost.Images
	connection                    config.Connection // Address is set if the user has an engine
	logging                       config.Logging
	progress                      io.Writer // told about what takes long
}

// validate returns the first setting that cannot be.
func (o devOptions) validate() error {
	for _, p := range []struct {
		flag string
		port int
	}{{"--port", o.enginePort}, {"--ui-port", o.uiPort}, {"--cloud-port", o.cloudPort}} {
		if p.port < 0 || p.port > 65535 {
			return term.Usage("%s %d: want a port from 1 to 65535, or 0 for any free one", p.flag, p.port)
		}
	}
	if o.buildTime < 0 {
		return term.Usage("--build-time %s: want 0 or more", o.buildTime)
	}
	return nil
}

// devSystem is an engine, a cloud and a worker in one place.
type devSystem struct {
	dataDir            string
	imageDir           string // of files to make images of
	address, namespace string
	webUI              string
	cloudURL           string

	cloud    *devcloud.Cloud
	keys     *sagacodec.Keys
	client   client.Client
	engine   *engine.Engine // nil if the user has one
	failed   chan error     // a worker that cannot go on
	stoppers []func() error // in the order of starting
}

// startDev starts everything and returns when the worker takes work. What was
// started before a failure is stopped again.
func startDev(ctx context.Context, o devOptions) (*devSystem, error) {
	d := &devSystem{failed: make(chan error, 1)}
	for _, start := range []func(context.Context, devOptions) error{d.claim, d.findKeys, d.startCloud, d.startEngine, d.connect, d.startWorker} {
		if err := start(ctx, o); err != nil {
			return d, errors.Join(err, d.stop())
		}
	}
	return d, nil
}

// claim takes the data folder.
func (d *devSystem) claim(_ context.Context, o devOptions) error {
	dir, err := filepath.Abs(o.dataDir)
	if err != nil {
		return fmt.Errorf("--data-dir: %w", err)
	}
	d.dataDir = dir
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	d.onStop(lock.Close)
	return nil
}

// findKeys reads the keys for secrets, and makes the first one if there is none.
func (d *devSystem) findKeys(_ context.Context, o devOptions) error {
	connection := o.connection
	connection.FallbackKeys = clouds.DevKeysFile(d.dataDir)
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

// startCloud opens the cloud and tells clients where it is.
func (d *devSystem) startCloud(_ context.Context, o devOptions) error {
	cloud, err := devcloud.Open(devcloud.Options{File: filepath.Join(d.dataDir, "cloud.journal"), BuildTime: o.buildTime})
	if err != nil {
		return fmt.Errorf("the cloud in %s: %w", d.dataDir, err)
	}
	d.cloud = cloud
	d.onStop(cloud.Close)
	if d.cloudURL, err = cloud.Start(net.JoinHostPort("127.0.0.1", strconv.Itoa(o.cloudPort))); err != nil {
		return fmt.Errorf("port %d for the cloud cannot be had (%w): stop what listens there, or give --cloud-port", o.cloudPort, err)
	}
	return term.ReplaceFile(clouds.DevCloudsFile(d.dataDir), cloud.CloudsYAML())
}

// startEngine starts an engine unless the user has one.
func (d *devSystem) startEngine(ctx context.Context, o devOptions) error {
	options, err := o.connection.Options()
	if err != nil {
		return err
	}
	d.namespace, d.address = options.Namespace, options.HostPort
	if o.connection.Address != "" {
		return nil
	}
	d.engine, err = engine.Start(ctx, engine.Options{
		DataDir: filepath.Join(d.dataDir, "engine"), Port: o.enginePort, UIPort: o.uiPort, NoUI: o.headless,
		Namespace: d.namespace, Progress: o.progress,
	})
	if err != nil {
		return err
	}
	d.onStop(d.engine.Stop)
	d.address, d.webUI = d.engine.Address, d.engine.UIURL
	return nil
}

// connect connects to the engine and prepares its namespace. The connection's
// other settings are for engines that are not ours.
func (d *devSystem) connect(ctx context.Context, o devOptions) error {
	connection := o.connection
	if d.engine != nil {
		connection = config.Connection{Address: d.address, Namespace: d.namespace, Env: noEnvironment{}}
	}
	connection.Keys = d.keys
	logger, err := o.logging.Logger()
	if err != nil {
		return term.WithCode(term.ExitUsage, err)
	}
	if d.client, err = connection.Dial(ctx, config.ForEngine(logger)); err != nil {
		return err
	}
	d.onStop(func() error { d.client.Close(); logger.Sync(); return nil }) //nolint:errcheck // a terminal cannot be synced
	return saga.EnsureSearchAttributes(ctx, d.client, d.namespace)
}

// startWorker serves the dev cloud and the clouds of the user.
func (d *devSystem) startWorker(_ context.Context, o devOptions) error {
	archive, err := audit.NewArchive(config.AuditFile(d.dataDir))
	if err != nil {
		return err
	}
	d.onStop(archive.Close)
	images, err := d.imageSources(o)
	if err != nil {
		return err
	}
	access := activities.NewClouds(clouds.DevCloudsFile(d.dataDir))
	access.SetKeys(d.keys)
	access.SetImages(images)
	w := workerhost.New(d.client, workerhost.Options{
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

// imageSources are those of the user, or a folder in that of the state.
func (d *devSystem) imageSources(o devOptions) (activities.ImageSources, error) {
	images := o.images
	if images.Dir == "" {
		images.Dir = filepath.Join(d.dataDir, "images")
		if err := os.MkdirAll(images.Dir, 0o700); err != nil {
			return activities.ImageSources{}, fmt.Errorf("the folder for images: %w", err)
		}
	}
	d.imageDir = images.Dir
	sources, err := images.Sources()
	if err != nil {
		return sources, term.WithCode(term.ExitUsage, err)
	}
	return sources, nil
}

func stopWorker(w worker.Worker) { w.Stop() }

func (d *devSystem) onStop(stop func() error) { d.stoppers = append(d.stoppers, stop) }

// wait returns when the user stops, or when a part ends by itself, which is an
// error.
func (d *devSystem) wait(ctx context.Context) error {
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

// stop stops what was started, the last first.
func (d *devSystem) stop() error {
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

func (noEnvironment) Environ() []string { return nil }

func (noEnvironment) LookupEnv(key string) (string, bool) {
	if key == "TEMPORAL_CONFIG_FILE" {
		return os.DevNull, true // no profile either
	}
	return "", false
}
