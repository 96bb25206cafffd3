package engine

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
)

// waitReady waits until the engine accepts work and its Web UI answers.
func (e *Engine) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	probes := []func(context.Context) error{e.probeFrontend}
	if e.UIURL != "" {
		probes = append(probes, e.probeUI)
	}
	for _, probe := range probes {
		if err := e.retry(ctx, probe); err != nil {
			return err
		}
	}
	return nil
}

// retry calls probe until it succeeds, the child ends or ctx ends.
func (e *Engine) retry(ctx context.Context, probe func(context.Context) error) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := probe(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-e.done:
			return fmt.Errorf("the engine ended before it accepted work (%v)%s", e.err, e.log.tail())
		case <-ctx.Done():
			return fmt.Errorf("the engine does not accept work yet (%w): %w%s", ctx.Err(), err, e.log.tail())
		case <-tick.C:
		}
	}
}

// probeFrontend asks for the namespace, which needs frontend and database.
func (e *Engine) probeFrontend(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	c, err := client.DialContext(ctx, client.Options{HostPort: e.Address, Namespace: e.Namespace, Logger: silent{}})
	if err != nil {
		return err
	}
	defer c.Close()
	request := &workflowservice.DescribeNamespaceRequest{Namespace: e.Namespace}
	_, err = c.WorkflowService().DescribeNamespace(ctx, request)
	return err
}

// probeUI asks the Web UI for its start page.
func (e *Engine) probeUI(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.UIURL, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the Web UI at %s answers %s", e.UIURL, response.Status)
	}
	return nil
}

// silent drops what the SDK logs about an engine that is not up yet.
type silent struct{}

var _ log.Logger = silent{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
