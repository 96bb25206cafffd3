package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second Ctrl-C ends the process at once
	}()
	session := &runs.Session{Out: os.Stdout, ErrOut: os.Stderr}
	err := newRoot(session).ExecuteContext(ctx)
	if err != nil && err.Error() != "" {
		fmt.Fprintln(os.Stderr, "novaflow: "+err.Error())
	}
	os.Exit(term.Code(err))
}
