package runs

import (
	"context"
	"encoding/json"
	"io"

	"go.temporal.io/sdk/client"

	"novaflow/internal/config"
	"novaflow/saga/sagacodec"
	"novaflow/starter/internal/term"
)

// Session is what all commands share: where they write, how they reach the engine, and
// how the results of the flows are put into words.
type Session struct {
	Out, ErrOut io.Writer
	Connection  config.Connection
	Reporters   map[string]Reporter // by the name of the workflow
}

// Reporter puts the result of a committed run into a sentence and into names and
// values.
type Reporter func(result json.RawMessage) (headline string, fields [][2]string, err error)

// Dial connects to the engine. The caller closes the client.
func (s *Session) Dial(ctx context.Context) (client.Client, error) {
	if _, err := s.Connection.Options(); err != nil {
		return nil, term.WithCode(term.ExitUsage, err)
	}
	return s.Connection.Dial(ctx, nil)
}

// Seal encrypts a secret with the first key of the installation.
func (s *Session) Seal(text []byte) (sagacodec.Secret, error) {
	keys, err := s.Connection.SecretKeys()
	if err != nil {
		return sagacodec.Secret{}, term.Usage("%w", err)
	}
	secret, err := keys.Seal(text)
	if err != nil {
		return sagacodec.Secret{}, term.Usage("%w", err)
	}
	return secret, nil
}
