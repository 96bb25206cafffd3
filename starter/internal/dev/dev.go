// Package dev is the commands dev and demo: they start an engine, a cloud and a worker on
// this machine, so that novaflow can be tried without anything else.
//
// Of the starter it imports term, clouds, runs and change, and no other noun.
package dev

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"novaflow/internal/config"
	"novaflow/saga/sagacodec"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// Ports of "novaflow dev".
const (
	enginePort = 7233 // the one every Temporal tool tries
	webUIPort  = 8233
	cloudPort  = 8780
)

// Command builds the command dev.
func Command(session *runs.Session) *cobra.Command {
	o := Options{Progress: session.ErrOut}
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Start an engine with its Web UI, a cloud and a worker on this machine",
		Long: `Start everything that is needed to try novaflow on this machine: a Temporal server with
its Web UI, an OpenStack-compatible cloud in this process, and a worker.

The state is kept in a folder, and the next start goes on from it: servers still exist,
and runs that were under way continue. The worker also serves the clouds of your own
clouds.yaml.

With --address the worker serves that engine, and none is started.

Ctrl-C stops everything in order; a second Ctrl-C stops it at once.`,
		Example: `  novaflow dev
  novaflow dev --data-dir /tmp/try --port 0 --ui-port 0 --build-time 10s`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Connection = session.Connection
			if err := o.validate(); err != nil {
				return err
			}
			return runDev(cmd.Context(), session.Out, o)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&o.DataDir, "data-dir", clouds.DevHome(), "folder that keeps the state")
	fs.IntVar(&o.enginePort, "port", enginePort, "port of the engine; 0 is any free one")
	fs.IntVar(&o.uiPort, "ui-port", webUIPort, "port of the Web UI; 0 is any free one")
	fs.IntVar(&o.cloudPort, "cloud-port", cloudPort, "port of the cloud; 0 is any free one")
	fs.DurationVar(&o.BuildTime, "build-time", 2*time.Second, "how long a server takes to become ACTIVE")
	fs.BoolVar(&o.Headless, "headless", false, "no Web UI")
	o.images.AddFlags(fs, "the folder images in the one that keeps the state")
	o.Logging.AddFlags(fs, "warn")
	return cmd
}

// runDev runs until the user stops it or a part of it ends.
func runDev(ctx context.Context, out io.Writer, o Options) error {
	begin := time.Now()
	d, err := Start(ctx, o)
	if ctx.Err() != nil { // stopped while it started
		return d.Stop() // no more than startDev has done already, if it failed
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "novaflow dev is ready after %s.\n", term.Duration(time.Since(begin)))
	printDev(out, d)
	failed := d.wait(ctx)
	fmt.Fprintln(out, "Stopping: worker, engine, cloud. Press Ctrl-C again to stop at once.")
	if err := d.Stop(); failed == nil {
		failed = err
	}
	return failed
}

// printDev says where everything is and how to use it.
func printDev(out io.Writer, d *System) {
	term.PrintFields(out, [][2]string{ //nolint:errcheck // there is no one left to tell
		{"engine", d.Address + ", namespace " + d.namespace},
		{"Web UI", cmp.Or(d.webUI, "none")},
		{"cloud", d.CloudURL + ", control API under " + d.CloudURL + "/devcloud/"},
		{"state", d.DataDir},
		{"images", d.ImageDir},
	})
	fmt.Fprintf(out, `
In another terminal:
  export %s
  novaflow server create %s --image tiny --flavor m1.small --network private --floating-ip auto
  novaflow run list
  openstack server list

`, strings.Join(d.exportLines(), " "), unusedNames(d.Cloud.Inventory(), 1)[0])
}

// exportLines returns the variables by which commands find everything. A folder or port
// that the user chose is not where commands look by default.
func (d *System) exportLines() []string {
	vars := []string{"OS_CLIENT_CONFIG_FILE=" + term.Quote(clouds.DevCloudsFile(d.DataDir)),
		"OS_CLOUD=" + clouds.DevCloud}
	if d.Address != config.DefaultAddress {
		vars = append(vars, "TEMPORAL_ADDRESS="+d.Address)
	}
	if d.DataDir != clouds.DevHome() {
		vars = append(vars, sagacodec.EnvKeysFile+"="+term.Quote(clouds.DevKeysFile(d.DataDir)),
			config.AuditVariable+"="+term.Quote(config.AuditFile(d.DataDir)))
	}
	return vars
}
