package config

import (
	"fmt"
	"os"
	"strconv"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga/sagacodec"
)

// EnvEncryptPayloads is the environment variable that turns on the encryption of
// everything that is sent through the engine. Secrets are always encrypted.
const EnvEncryptPayloads = "NOVAFLOW_ENCRYPT_PAYLOADS"

// SecretKeys returns the keys of the installation: those of the connection, else those
// that the environment names, else those of the fallback file if it exists.
func (c Connection) SecretKeys() (*sagacodec.Keys, error) {
	if c.Keys != nil {
		return c.Keys, nil
	}
	keys, err := sagacodec.FromEnvironment(c.lookup)
	if err != nil || !keys.Empty() || c.FallbackKeys == "" {
		return keys, err
	}
	if _, err := os.Stat(c.FallbackKeys); err != nil {
		return keys, nil //nolint:nilerr // the file does not exist
	}
	return sagacodec.ReadKeys(c.FallbackKeys)
}

// lookup returns an environment variable.
func (c Connection) lookup(name string) (string, bool) {
	if c.Env != nil {
		return c.Env.LookupEnv(name)
	}
	return os.LookupEnv(name)
}

// addCodec gives the client the codec. The codec always decrypts. It encrypts everything
// only if EnvEncryptPayloads says so.
func (c Connection) addCodec(o *client.Options) error {
	keys, err := c.SecretKeys()
	if err != nil {
		return err
	}
	encrypt := false
	if text, _ := c.lookup(EnvEncryptPayloads); text != "" {
		if encrypt, err = strconv.ParseBool(text); err != nil {
			return fmt.Errorf("%s is %q: want true or false", EnvEncryptPayloads, text)
		}
	}
	codec, err := sagacodec.NewCodec(keys, encrypt)
	if err != nil {
		return fmt.Errorf("%s: %w", EnvEncryptPayloads, err)
	}
	o.DataConverter = codec.DataConverter()
	if encrypt {
		o.FailureConverter = temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
			DataConverter: o.DataConverter, EncodeCommonAttributes: true,
		})
	}
	return nil
}
