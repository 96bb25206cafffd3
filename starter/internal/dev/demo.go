package dev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// demoFault refuses the last task of a create, in neutron's own words.
const demoFault = "neutron PUT /floatingips/ own:400 1 The router of this network cannot take another floating IP."

// DemoCommand builds the command demo. create returns the request that "novaflow server
// create" would send.
func DemoCommand(session *runs.Session, create func(server.CreateSpec) change.Request) *cobra.Command {
	var dataDir string
	d := demo{session: session, create: create}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show on this machine what novaflow is for",
		Long: `Show on this machine what novaflow is for: start an engine, a cloud and a worker,
create a server with a port, a boot volume and a floating IP, then a second one that
fails at its last task, and prove that nothing of it remains.

The exit code is 0 only if the proof holds. In a terminal everything stays up
afterwards until Ctrl-C, so that you can look around.`,
		Example: "  novaflow demo",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return d.run(cmd.Context(), dataDir)
		},
	}
	cmd.Flags().StringVar(&dataDir, "data-dir", "",
		"folder that keeps the state (default: a new one that is removed in the end)")
	return cmd
}

// errInterrupted is a demo that the user ended before its proof.
var errInterrupted = term.WithCode(term.ExitInterrupted, errors.New("interrupted before the proof"))

// demo is one run of "novaflow demo".
type demo struct {
	session *runs.Session
	create  func(server.CreateSpec) change.Request // the request of "novaflow server create"
	system  *System
}

// run shows everything, in a folder of its own unless one is given.
func (d *demo) run(ctx context.Context, dataDir string) error {
	if dataDir == "" {
		dir, err := os.MkdirTemp("", "novaflow-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder may stay
		dataDir = filepath.Join(dir, "state")
	}
	fmt.Fprintln(d.session.Out, "Starting an engine, a cloud and a worker.")
	o := Options{
		DataDir: dataDir, enginePort: freeOr(enginePort), uiPort: freeOr(webUIPort), cloudPort: freeOr(cloudPort),
		BuildTime: time.Second, Connection: d.session.Connection, Progress: d.session.ErrOut,
	}
	o.Logging.Level, o.Logging.Format = "fatal", "console" // the demo reports failures itself
	system, err := Start(ctx, o)
	if ctx.Err() != nil {
		return errInterrupted
	}
	if err != nil {
		return err
	}
	d.system = system
	err = d.show(ctx)
	if err == nil && ctx.Err() == nil {
		err = lookAround(ctx, d.session.Out, system)
	}
	if stopped := system.Stop(); err == nil {
		err = stopped
	}
	return err
}

// lookAround keeps everything running for the user. Without a terminal it returns at
// once.
func lookAround(ctx context.Context, out io.Writer, d *System) error {
	if _, ok := term.TerminalOf(out); !ok {
		fmt.Fprintf(out, "Both runs were in the Web UI at %s, which ends with this command: run `novaflow demo` in a "+
			"terminal,\nor `novaflow dev`, to look around and go on.\n", d.webUI)
		return nil
	}
	printDev(out, d)
	fmt.Fprintln(out, "Everything stays up until you press Ctrl-C.")
	return d.wait(ctx)
}

// freeOr returns the port if it is free, else 0, which means any free port.
func freeOr(port int) int {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))) //nolint:noctx // does not wait
	if err != nil {
		return 0
	}
	l.Close() //nolint:errcheck // nothing was sent
	return port
}

// Show creates one server that stays and one that fails, and proves what is
// left of the second: nothing.
func (d *demo) show(ctx context.Context) error {
	out, cloud := d.session.Out, d.system.Cloud
	names := unusedNames(cloud.Inventory(), 2)
	printChapter(out, "A server with a port, a boot volume and a floating IP")
	first, err := d.createServer(ctx, names[0])
	if err != nil {
		return err
	}
	if first.State != string(saga.RunCommitted) {
		return fmt.Errorf("the first server was to commit: it is %s", first.State)
	}

	before := cloud.Inventory()
	fault, err := devcloud.ParseFault(demoFault)
	if err != nil {
		return err
	}
	cloud.AddFault(fault)
	defer cloud.ClearFaults()
	printChapter(out, "The same again, but the cloud refuses the last task")
	second, err := d.createServer(ctx, names[1])
	if err != nil {
		return err
	}
	if second.State != string(saga.RunReverted) || len(second.Reverted) == 0 {
		return fmt.Errorf("the second server was to be reverted: it is %s", second.State)
	}
	printChapter(out, "Proof: what the cloud holds before and after the failed create")
	return proveEqual(out, before, cloud.Inventory())
}

func printChapter(out io.Writer, title string) { fmt.Fprintf(out, "\n== %s ==\n\n", title) }

// createServer creates a server and shows it.
func (d *demo) createServer(ctx context.Context, name string) (runs.Outcome, error) {
	out, engine := d.session.Out, d.system.Client
	request := server.CreateSpec{
		RunOptions: spec.RunOptions{Cloud: clouds.DevCloud}, Name: name, Image: "tiny", Flavor: "m1.small",
		Ports: []server.PortSpec{{Network: "private"}}, BootVolume: 1, FloatingIP: "auto",
	}
	c := d.create(request)
	flags := change.Flags{RunFlags: change.RunFlags{Queue: workflows.TaskQueue, Format: term.AsTable}}
	run, err := engine.ExecuteWorkflow(ctx, c.Start(&flags).Options(), c.Flow.Workflow, request)
	if err != nil {
		return runs.Outcome{}, change.StartError(err)
	}
	o, s, err := change.FollowToEnd(ctx, engine, c.ID, run.GetRunID(), out)
	if ctx.Err() != nil {
		return o, errInterrupted
	}
	if err != nil {
		return o, err
	}
	fmt.Fprintln(out)
	if o.State == string(saga.RunCommitted) {
		return o, change.ReportCommitted(ctx, d.session, engine, s, term.AsTable)
	}
	// The error only has the exit code of a failure, which is what the demo wants to
	// show.
	_ = change.ReportFailure(out, "server "+name+" was not created", o, s, term.AsTable)
	return o, nil
}
