package sagacodec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
)

// Secret is a text that is encrypted wherever it is kept or passed on. It holds
// no plain text: [Keys.Seal] writes it, [Keys.Open] reads it. Its zero value is no
// secret. In JSON it is {"key": NAME, "sealed": BASE64}, or null.
type Secret struct {
	key    string
	sealed string // as bytes, so that a struct with a Secret can be compared
}

const secretPurpose = "novaflow secret 1 "

// Seal encrypts a text, with a nonce of its own: sealed twice it looks different.
func (k *Keys) Seal(plain []byte) (Secret, error) {
	name, sealed, err := k.seal(secretPurpose, plain)
	return Secret{key: name, sealed: string(sealed)}, err
}

// Open decrypts a secret; for the zero value it returns nil. The error may be an
// [UnknownKey]. It never quotes the text.
func (k *Keys) Open(s Secret) ([]byte, error) {
	switch {
	case s.IsZero():
		return nil, nil
	case s.sealed == "":
		return nil, errors.New("the secret was left out where it was shown: it cannot be read from there")
	}
	return k.open(secretPurpose, s.key, []byte(s.sealed))
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s == Secret{} }

// Shown returns the secret for people to look at: it says that there is one, and no more.
func (s Secret) Shown() Secret { return Secret{key: s.key} }

// String says that there is a secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return "(secret)"
}

// Format implements [fmt.Formatter]: no verb shows more than String.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// LogValue implements [slog.LogValuer].
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// inJSON is how a secret is written.
type inJSON struct {
	Key    string `json:"key"`
	Sealed []byte `json:"sealed,omitempty"`
}

// MarshalJSON writes the encrypted text.
func (s Secret) MarshalJSON() ([]byte, error) {
	if s.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(inJSON{Key: s.key, Sealed: []byte(s.sealed)})
}

// UnmarshalJSON reads what MarshalJSON writes. It refuses a plain text, which
// would be in a history already.
func (s *Secret) UnmarshalJSON(text []byte) error {
	if bytes.Equal(bytes.TrimSpace(text), []byte("null")) {
		*s = Secret{}
		return nil
	}
	var in inJSON
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if d.Decode(&in) != nil || !keyName.MatchString(in.Key) {
		return errors.New(`a secret must be encrypted before it is written here: ` +
			`want {"key": ..., "sealed": ...}, as "novaflow key seal FILE" writes it`)
	}
	*s = Secret{key: in.Key, sealed: string(in.Sealed)}
	return nil
}
