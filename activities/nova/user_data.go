package nova

import (
	"encoding/base64"
	"errors"
	"strings"

	"novaflow/activities/internal/cloud"
	"novaflow/saga/sagacodec"
)

// MaxUserDataBytes is how many bytes of user data nova takes: 65,535 in base64.
const MaxUserDataBytes = 65535 / 4 * 3

// openUserData decrypts user data, and encodes it as nova expects it.
func openUserData(c *cloud.Client, secret sagacodec.Secret) (string, error) {
	plain, err := c.Keys().Open(secret)
	var unknown *sagacodec.UnknownKey
	switch {
	case errors.As(err, &unknown): // another worker may have it, and a person can add it
		return "", &cloud.Error{Class: cloud.Transient, Message: "the user data cannot be read on this worker: " +
			err.Error()}
	case err != nil:
		return "", &cloud.Error{Class: cloud.Terminal, Message: "the user data cannot be read: " + err.Error()}
	}
	return base64.StdEncoding.EncodeToString(plain), nil
}

// quotedBytes is how much of a secret in an error gives it away. Shorter pieces
// are as likely to be something else.
const quotedBytes = 8

// withoutUserData takes user data out of an error: nova quotes requests that it
// does not like.
func withoutUserData(err error, userData string) error {
	var e *cloud.Error
	if userData == "" || !errors.As(err, &e) {
		return err
	}
	clean := *e
	clean.Message = cutOut(e.Message, userData)
	return &clean
}

// cutOut replaces every piece of the secret in a text that is long enough to
// tell, whether it is quoted whole, cut short or without its beginning.
func cutOut(text, secret string) string {
	least := min(quotedBytes, len(secret))
	var b strings.Builder
	for i := 0; i < len(text); {
		n := 0
		for i+n < len(text) && strings.Contains(secret, text[i:i+n+1]) {
			n++
		}
		if n < least {
			b.WriteByte(text[i])
			i++
			continue
		}
		b.WriteString("(user data)")
		i += n
	}
	return b.String()
}
