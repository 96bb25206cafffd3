package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
)

// options are the flags of "server start-dev". They are those of the temporal CLI that
// the SDK's testsuite.StartDevServer passes, with the same meaning.
type options struct {
	ip, uiIP         string
	port, uiPort     int
	headless         bool
	namespaces       []string
	dbFile           string
	logLevel, format string
	overrides        []string
	pragmas          map[string]string
	attributes       map[string]enumspb.IndexedValueType
}

// parseOptions parses the arguments that follow "server start-dev".
func parseOptions(args []string, out io.Writer) (*options, error) {
	o := &options{pragmas: map[string]string{}, attributes: map[string]enumspb.IndexedValueType{}}
	fs := o.flagSet(out)
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	if fs.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	return o, o.complete()
}

// flagSet declares the flags.
func (o *options) flagSet(out io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet("server start-dev", flag.ContinueOnError)
	fs.SetOutput(out)
	fs.StringVar(&o.ip, "ip", "127.0.0.1", "address the frontend listens on")
	fs.IntVar(&o.port, "port", 7233, "port of the frontend")
	fs.StringVar(&o.uiIP, "ui-ip", "", "address the Web UI listens on (default: as --ip)")
	fs.IntVar(&o.uiPort, "ui-port", 0, "port of the Web UI (default: --port + 1000)")
	fs.BoolVar(&o.headless, "headless", false, "no Web UI")
	fs.StringVar(&o.dbFile, "db-filename", "", "SQLite file that keeps the state (default: memory)")
	fs.StringVar(&o.logLevel, "log-level", "warn", "debug, info, warn, error or never")
	fs.StringVar(&o.format, "log-format", "pretty", "pretty, text or json")
	fs.Func("namespace", "namespace to create when missing (repeatable)", func(v string) error {
		o.namespaces = append(o.namespaces, v)
		return nil
	})
	fs.Func("dynamic-config-value", "KEY=JSON on top of the tuned configuration (repeatable)", func(v string) error {
		o.overrides = append(o.overrides, v)
		return nil
	})
	fs.Func("sqlite-pragma", "NAME=VALUE for the database file (repeatable)", o.addPragma)
	fs.Func("search-attribute", "NAME=TYPE for a namespace that is created now (repeatable)", o.addAttribute)
	return fs
}

// addPragma sets a pragma of the database file.
func (o *options) addPragma(v string) error {
	name, value, found := strings.Cut(v, "=")
	if _, known := tunedPragmas[name]; !found || !known {
		return errors.New("want journal_mode=VALUE or synchronous=VALUE")
	}
	o.pragmas[name] = value
	return nil
}

// addAttribute adds a search attribute.
func (o *options) addAttribute(v string) error {
	name, kind, found := strings.Cut(v, "=")
	if !found || name == "" {
		return errors.New("want NAME=TYPE")
	}
	t, err := enumspb.IndexedValueTypeFromString(kind)
	if err != nil || t == enumspb.INDEXED_VALUE_TYPE_UNSPECIFIED {
		return fmt.Errorf("unknown type %q: want Text, Keyword, Int, Double, Bool, Datetime or KeywordList", kind)
	}
	o.attributes[name] = t
	return nil
}

// complete fills in defaults that depend on other flags, and refuses invalid values.
func (o *options) complete() error {
	if len(o.namespaces) == 0 {
		o.namespaces = []string{"default"}
	}
	if o.uiPort == 0 {
		o.uiPort = o.port + 1000
	}
	if o.uiIP == "" {
		o.uiIP = o.ip
	}
	for _, ip := range []*string{&o.ip, &o.uiIP} {
		if *ip == "localhost" {
			*ip = "127.0.0.1"
		}
		if net.ParseIP(*ip) == nil {
			return fmt.Errorf("%q is not an IP address", *ip)
		}
	}
	return nil
}
