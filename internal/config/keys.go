package config

import (
	"fmt"
	"os"
	"strconv"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga/sagacodec"
)

// EnvEncryptPayloads is the variable that has everything encrypted which goes
// through the engine, beside the secrets that always are.
const EnvEncryptPayloads = "NOVAFLOW_ENCRYPT_PAYLOADS"

// SecretKeys are the keys of the installation: those that were given, or that the
// environment names, or those in the fallback file if there is one.
func (c Connection) SecretKeys() (*sagacodec.Keys, error) {
	if c.Keys != nil {
		return c.Keys, nil
	}
	keys, err := sagacodec.FromEnvironment(c.lookup)
	if err != nil || !keys.Empty() || c.FallbackKeys == "" {
		return keys, err
	}
	if _, err := os.Stat(c.FallbackKeys); err != nil {
		return keys, nil //nolint:nilerr // there is none
	}
	return sagacodec.ReadKeys(c.FallbackKeys)
}

func (c Connection) lookup(name string) (string, bool) {
	if c.Env != nil {
		return c.Env.LookupEnv(name)
	}
	return os.LookupEnv(name)
}

// convert gives the client the codec. Whatever is encrypted is decrypted; to
// encrypt all of it is a choice.
func (c Connection) convert(o *client.Options) error {
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
