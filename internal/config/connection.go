package config

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"
	"google.golang.org/grpc"

	"novaflow/saga/sagacodec"
)

// These are the defaults of a connection.
const (
	DefaultAddress   = "127.0.0.1:7233"
	DefaultNamespace = "default"
)

// dialTimeout bounds the first exchange with the engine.
const dialTimeout = 5 * time.Second

// Connection says how to reach the engine. Its fields have the values of the flags.
// Options fills empty ones from the environment and the profile.
type Connection struct {
	Address   string // host:port
	Namespace string
	Profile   string // of the TOML file
	APIKey    string

	TLS           bool
	TLSCert       string // path of the client's certificate
	TLSKey        string // path of its key
	TLSCA         string // path of the certificates that the engine's is checked against
	TLSServerName string

	Keys         *sagacodec.Keys // for secrets; nil: those that the environment names
	FallbackKeys string          // file of keys; read if it exists and the environment names no keys

	Env envconfig.EnvLookup // nil is the environment of the process
}

// AddFlags declares the flags of the connection.
func (c *Connection) AddFlags(fs *pflag.FlagSet) {
	fs.StringVar(&c.Address, "address", "",
		"engine to connect to, host:port (default $TEMPORAL_ADDRESS, the profile, or "+DefaultAddress+")")
	fs.StringVar(&c.Namespace, "namespace", "",
		"namespace of the engine (default $TEMPORAL_NAMESPACE, the profile, or "+DefaultNamespace+")")
	fs.StringVar(&c.Profile, "profile", "", "profile of Temporal's TOML configuration (default $TEMPORAL_PROFILE)")
	fs.StringVar(&c.APIKey, "api-key", "", "API key of the engine; turns TLS on (better: $TEMPORAL_API_KEY)")
	fs.BoolVar(&c.TLS, "tls", false, "connect with TLS")
	fs.StringVar(&c.TLSCert, "tls-cert", "", "client certificate, PEM file")
	fs.StringVar(&c.TLSKey, "tls-key", "", "key of the client certificate, PEM file")
	fs.StringVar(&c.TLSCA, "tls-ca", "", "certificates to check the engine's against, PEM file")
	fs.StringVar(&c.TLSServerName, "tls-server-name", "", "name expected in the engine's certificate")
}

// Options resolves the connection. It reads files and the environment, and does not
// connect.
func (c Connection) Options() (client.Options, error) {
	profile, err := envconfig.LoadClientConfigProfile(envconfig.LoadClientConfigProfileOptions{
		ConfigFileProfile: c.Profile, EnvLookup: c.Env,
	})
	if err != nil {
		return client.Options{}, fmt.Errorf("configuration of the engine's connection: %w", err)
	}
	overrideSetting(&profile.Address, c.Address, DefaultAddress)
	overrideSetting(&profile.Namespace, c.Namespace, DefaultNamespace)
	overrideSetting(&profile.APIKey, c.APIKey, "")
	c.overrideTLS(&profile)
	options, err := profile.ToClientOptions(envconfig.ToClientOptionsRequest{})
	if err != nil {
		return client.Options{}, fmt.Errorf("configuration of the engine's connection: %w", err)
	}
	if err := c.addCodec(&options); err != nil {
		return client.Options{}, err
	}
	dial := &options.ConnectionOptions.DialOptions
	*dial = append(*dial, grpc.WithChainUnaryInterceptor(escapeHeader))
	return options, checkAddress(options.HostPort)
}

// checkAddress refuses addresses that gRPC would not understand. It leaves addresses
// with a scheme, such as dns:///host:port, to gRPC.
func checkAddress(address string) error {
	if strings.Contains(address, "://") {
		return nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" || port == "" {
		return fmt.Errorf("the engine's address %q is not of the form host:port", address)
	}
	return nil
}

// overrideSetting sets a setting to the flag's value, or to the default if it is still
// empty.
func overrideSetting(setting *string, flag, fallback string) {
	if flag != "" {
		*setting = flag
	}
	if *setting == "" {
		*setting = fallback
	}
}

// overrideTLS overrides the profile's TLS settings with the flags. Any TLS flag turns
// TLS on.
func (c Connection) overrideTLS(profile *envconfig.ClientConfigProfile) {
	if !c.TLS && c.TLSCert+c.TLSKey+c.TLSCA+c.TLSServerName == "" {
		return
	}
	if profile.TLS == nil {
		profile.TLS = &envconfig.ClientConfigTLS{}
	}
	profile.TLS.Disabled = false
	overrideSetting(&profile.TLS.ClientCertPath, c.TLSCert, "")
	overrideSetting(&profile.TLS.ClientKeyPath, c.TLSKey, "")
	overrideSetting(&profile.TLS.ServerCACertPath, c.TLSCA, "")
	overrideSetting(&profile.TLS.ServerName, c.TLSServerName, "")
}

// Dial connects to the engine. It fails within some seconds with an error that says
// what to do. The logger may be nil for silence.
func (c Connection) Dial(ctx context.Context, logger log.Logger) (client.Client, error) {
	options, err := c.Options()
	if err != nil {
		return nil, err
	}
	if logger == nil {
		logger = Silent()
	}
	options.Logger = logger
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	engine, err := client.DialContext(ctx, options)
	if err != nil {
		return nil, &Unreachable{Address: options.HostPort, Cause: err}
	}
	return engine, nil
}

// Unreachable says that no engine answered at an address.
type Unreachable struct {
	Address string
	Cause   error
}

func (e *Unreachable) Error() string {
	return fmt.Sprintf("cannot reach the engine at %s: %s; start one with `novaflow dev`, or give --address",
		e.Address, shortenCause(e.Cause))
}

func (e *Unreachable) Unwrap() error { return e.Cause }

// shortenCause returns an error's text without the words of the transport around it.
func shortenCause(err error) string {
	text := err.Error()
	if _, rest, ok := strings.Cut(text, "failed reaching server: "); ok {
		text = rest
	}
	if _, rest, ok := strings.Cut(text, "transport: Error while dialing: "); ok {
		text = rest
	}
	return strings.Trim(text, `" `)
}
