// Devcloud exists so that any client can use the cloud of package devcloud: it serves the
// cloud alone, prints a clouds.yaml for it, and ends when it is interrupted.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"

	"novaflow/internal/devcloud"
)

func main() {
	var o devcloud.Options
	addr := pflag.String("addr", "127.0.0.1:0", "address to listen on; port 0 selects a free one")
	clouds := pflag.String("clouds-yaml", "", "file to write the clouds.yaml to, instead of the output")
	pflag.StringVar(&o.File, "file", "", "file that keeps the state; without one it is in memory only")
	pflag.DurationVar(&o.BuildTime, "build-time", 0, "how long a server takes to become ACTIVE")
	pflag.DurationVar(&o.DeleteTime, "delete-time", 0, "how long a server takes to be deleted")
	pflag.DurationVar(&o.ClockSkew, "clock-skew", 0, "how far the cloud's clock is ahead; negative: behind")
	pflag.IntVar(&o.Hosts, "hosts", 0, "number of hosts (default 3)")
	pflag.BoolVar(&o.NoTraps, "no-traps", false, "leave the traps out of a new cloud")
	pflag.Parse()
	if err := run(o, *addr, *clouds); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(o devcloud.Options, addr, clouds string) error {
	c, err := devcloud.Open(o)
	if err != nil {
		return err
	}
	url, err := c.Start(addr)
	if err != nil {
		return err
	}
	if clouds == "" {
		fmt.Printf("# %s\n%s", url, c.CloudsYAML())
	} else if err := os.WriteFile(clouds, c.CloudsYAML(), 0o600); err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
	return c.Close()
}
