// Command novaflow-worker does the work of runs: it polls the engine for the steps of
// workflows and carries them out at the clouds of its clouds.yaml. Any number of workers
// may serve one task queue. When one dies, the others go on with its work.
//
// It keeps no state. On SIGTERM or SIGINT it hands its work over and ends within 10
// seconds. What "novaflow dev" shares with it is in internal/workerhost and
// internal/config. This package has the flags and nothing else, and nothing imports it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"novaflow/activities"
	"novaflow/audit"
	"novaflow/internal/config"
	"novaflow/internal/workerhost"
	"novaflow/saga"
	"novaflow/workflows"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the process at once
	}()
	err := newCommand().ExecuteContext(ctx)
	var wrong *usageError
	switch {
	case err == nil:
		return
	case errors.As(err, &wrong):
		fmt.Fprintln(os.Stderr, "novaflow-worker: "+err.Error()+"; see `novaflow-worker --help`")
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, "novaflow-worker: "+err.Error())
	os.Exit(1)
}

// usageError says that the command line is invalid.
type usageError struct{ error }

// settings are the values of the flags.
type settings struct {
	connection  config.Connection
	logging     config.Logging
	taskQueue   string
	cloudConfig []string
	images      workerhost.Images
	audit       string
}

// newCommand returns the command with its flags.
func newCommand() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use:   "novaflow-worker",
		Short: "Do the work of novaflow's runs",
		Long: `Do the work of novaflow's runs: poll the engine for steps and carry them out at the
clouds of clouds.yaml. The worker finds that file where every OpenStack tool does.

Flags, the TEMPORAL_* environment variables, or Temporal's TOML profile name the
engine. The worker registers search attributes that its namespace lacks.

When a run ends, the worker writes what it did into the audit store. Workers on several
hosts need one store for all of them: a PostgreSQL database. If the store cannot be
used, the worker says so and goes on. Archive runs that end meanwhile later with
` + "`novaflow audit archive`" + `.

SIGTERM and SIGINT end the worker within 10 seconds. Other workers go on with its work.`,
		Example: `  novaflow-worker
  TEMPORAL_ADDRESS=temporal.example:7233 novaflow-worker --task-queue novaflow --log-format json
  NOVAFLOW_AUDIT=postgres://novaflow:...@db.example/novaflow_audit novaflow-worker`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{fmt.Errorf("unexpected argument %q", args[0])}
			}
			return nil
		},
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	s.connection.AddFlags(cmd.Flags())
	s.logging.AddFlags(cmd.Flags(), "info")
	cmd.Flags().StringVar(&s.taskQueue, "task-queue", workflows.TaskQueue, "task queue to serve")
	cmd.Flags().StringArrayVar(&s.cloudConfig, "cloud-config", nil,
		"clouds.yaml to read before the usual places (repeatable)")
	s.images.AddFlags(cmd.Flags(), "no files are read")
	config.AddAuditFlag(cmd.Flags(), &s.audit)
	return cmd
}

// run serves until the context ends or the worker cannot go on.
func (s *settings) run(ctx context.Context) error {
	logger, err := s.logging.Logger()
	if err != nil {
		return &usageError{err}
	}
	defer logger.Sync() //nolint:errcheck // a terminal cannot be synced
	if err := saga.Check(workflows.Flows()...); err != nil {
		return err
	}
	options, err := s.connection.Options()
	if err != nil {
		return &usageError{err}
	}
	engine, err := s.connection.Dial(ctx, config.ForEngine(logger))
	if err != nil {
		return err
	}
	defer engine.Close()
	if err := saga.EnsureSearchAttributes(ctx, engine, options.Namespace); err != nil {
		return err
	}
	archive, err := s.openArchive(ctx, logger)
	if err != nil {
		return err
	}
	defer archive.Close() //nolint:errcheck // each write is complete
	clouds, err := s.newClouds()
	if err != nil {
		return err
	}
	fatal := make(chan error, 1)
	w := workerhost.New(engine, workerhost.Options{
		TaskQueue: s.taskQueue, Clouds: clouds, Archive: archive,
		OnFatal: func(err error) { fatal <- err },
	})
	if err := w.Start(); err != nil {
		return err
	}
	logger.Info("worker accepts work", zap.String("engine", options.HostPort),
		zap.String("namespace", options.Namespace), zap.String("taskQueue", s.taskQueue))
	select {
	case <-ctx.Done():
		logger.Info("worker stops and hands its work over")
	case err = <-fatal:
	}
	w.Stop()
	return err
}

// newClouds returns the clouds with the keys for secrets and the sources of images.
func (s *settings) newClouds() (*activities.Clouds, error) {
	keys, err := s.connection.SecretKeys()
	if err != nil {
		return nil, &usageError{err}
	}
	images, err := s.images.Sources()
	if err != nil {
		return nil, &usageError{err}
	}
	clouds := activities.NewClouds(s.cloudConfig...)
	clouds.SetKeys(keys)
	clouds.SetImages(images)
	return clouds, nil
}

// archiveWithin bounds how long a worker waits for its audit store when it starts.
const archiveWithin = 10 * time.Second

// openArchive opens the archive of runs. If it cannot be reached now, it may be later, so
// that is only logged.
func (s *settings) openArchive(ctx context.Context, logger *zap.Logger) (*audit.Archive, error) {
	archive, err := audit.NewArchive(config.AuditPlace(s.audit))
	if err != nil {
		return nil, &usageError{err}
	}
	ctx, cancel := context.WithTimeout(ctx, archiveWithin)
	defer cancel()
	if err := archive.Reach(ctx); err != nil {
		logger.Error("the audit store cannot be used: runs that end now are not archived", zap.Error(err))
	} else {
		logger.Info("runs that end are archived", zap.String("store", archive.Place()))
	}
	return archive, nil
}
