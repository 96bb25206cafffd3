package sagacodec_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"novaflow/saga/sagacodec"
)

const password = "correct horse battery staple"

// keys creates keys with these names, the first of which encrypts.
func keys(t *testing.T, lines ...string) *sagacodec.Keys {
	t.Helper()
	k, err := sagacodec.ParseKeys(strings.Join(lines, ""))
	require.NoError(t, err)
	return k
}

func line(t *testing.T, name string) string {
	t.Helper()
	text, err := sagacodec.NewKey(name)
	require.NoError(t, err)
	return text
}

// A secret that any way of printing shows would be in the first log that has its
// input.
func TestASecretIsNeverShown(t *testing.T) {
	secret, err := keys(t, line(t, "k1")).Seal([]byte(password))
	require.NoError(t, err)
	holder := struct {
		UserData sagacodec.Secret `json:"userData"`
	}{secret}
	document, err := json.Marshal(holder)
	require.NoError(t, err)
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("input", "in", secret, "holder", holder)
	for _, shown := range []string{
		string(document), logged.String(), secret.String(),
		fmt.Sprint(secret), fmt.Sprintf("%v %+v %#v %s %q %x %d", holder, holder, holder, secret, secret, secret,
			secret),
		fmt.Errorf("failed with %v", secret).Error(),
	} {
		require.NotContains(t, shown, password)
		require.NotContains(t, shown, "636f7272656374", "in hexadecimal")
	}
	shown, err := json.Marshal(secret.Shown())
	require.NoError(t, err)
	require.JSONEq(t, `{"key": "k1"}`, string(shown))
}

func TestASecretIsReadWithAnyOfTheKeysAndNoOther(t *testing.T) {
	old, fresh := line(t, "old"), line(t, "new")
	secret, err := keys(t, old, fresh).Seal([]byte(password))
	require.NoError(t, err)
	document, err := json.Marshal(secret)
	require.NoError(t, err)
	var read sagacodec.Secret
	require.NoError(t, json.Unmarshal(document, &read))
	for _, k := range []*sagacodec.Keys{keys(t, old), keys(t, fresh, old)} {
		plain, err := k.Open(read)
		require.NoError(t, err)
		require.Equal(t, password, string(plain))
	}
	var unknown *sagacodec.UnknownKey
	_, err = keys(t, fresh).Open(read)
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, "old", unknown.Name)
	_, err = (*sagacodec.Keys)(nil).Open(read)
	require.ErrorAs(t, err, &unknown)
	_, err = keys(t, line(t, "old")).Open(read)
	require.ErrorContains(t, err, `that key is another one here`)
	_, err = keys(t, old).Open(read.Shown())
	require.ErrorContains(t, err, "left out where it was shown")
}

func TestWithoutAKeyNothingIsSealed(t *testing.T) {
	for _, k := range []*sagacodec.Keys{nil, keys(t), keys(t, "# none yet\n")} {
		_, err := k.Seal([]byte(password))
		require.ErrorIs(t, err, sagacodec.ErrNoKeys)
		_, err = sagacodec.NewCodec(k, true)
		require.ErrorIs(t, err, sagacodec.ErrNoKeys)
	}
}

// A plain text in the place of a secret is in a history already.
func TestAPlainSecretIsRefused(t *testing.T) {
	for _, text := range []string{`"` + password + `"`, `{"key": "", "sealed": ""}`, `{"plain": "x"}`, `7`,
		`{"key": "k", "sealed": 7}`} {
		var s sagacodec.Secret
		err := json.Unmarshal([]byte(text), &s)
		require.ErrorContains(t, err, "must be encrypted", text)
		require.NotContains(t, err.Error(), password)
	}
	var s sagacodec.Secret
	require.NoError(t, json.Unmarshal([]byte("null"), &s))
	require.True(t, s.IsZero())
}

func TestKeysWithMistakes(t *testing.T) {
	good := line(t, "k")
	raw := strings.Fields(good)[1]
	for text, want := range map[string]string{
		"k":                  "line 1: want a name and 32 bytes in base64",
		good + "k c2hvcnQ=":  `line 2: the name "k" is there twice`,
		"k c2hvcnQ=":         `line 1: key "k" is not 32 bytes in base64`,
		"k " + raw + " more": "line 1: want a name",
		"a/b " + raw:         "line 1: the name must match",
		"k " + raw[1:]:       "line 1: key",
	} {
		_, err := sagacodec.ParseKeys(text)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), raw[1:20], "an error must not quote a key")
	}
}

func TestAFileOfKeysThatOthersCanReadIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(file, []byte(line(t, "k")), 0o600))
	env := func(values map[string]string) func(string) (string, bool) {
		return func(name string) (string, bool) { v, ok := values[name]; return v, ok }
	}
	k, err := sagacodec.FromEnvironment(env(map[string]string{sagacodec.EnvKeysFile: file}))
	require.NoError(t, err)
	require.False(t, k.Empty())
	require.NoError(t, os.Chmod(file, 0o644))
	_, err = sagacodec.FromEnvironment(env(map[string]string{sagacodec.EnvKeysFile: file}))
	require.ErrorContains(t, err, "can be read by others")
	_, err = sagacodec.FromEnvironment(env(map[string]string{sagacodec.EnvKeysFile: file, sagacodec.EnvKeys: "k"}))
	require.ErrorContains(t, err, "both set")
	k, err = sagacodec.FromEnvironment(env(nil))
	require.NoError(t, err)
	require.True(t, k.Empty())
}

func TestPayloadsAreEncryptedAndReadAgain(t *testing.T) {
	old, fresh := line(t, "old"), line(t, "new")
	codec, err := sagacodec.NewCodec(keys(t, old), true)
	require.NoError(t, err)
	sealed, err := codec.DataConverter().ToPayload(map[string]string{"password": password})
	require.NoError(t, err)
	require.NotContains(t, sealed.String(), password)
	require.Equal(t, "old", string(sealed.Metadata["encryption-key-id"]))
	require.Equal(t, "binary/encrypted", string(sealed.Metadata["encoding"]))
	plain, err := converter.GetDefaultDataConverter().ToPayload("as it is")
	require.NoError(t, err)

	reader, err := sagacodec.NewCodec(keys(t, fresh, old), false)
	require.NoError(t, err)
	var read map[string]string
	require.NoError(t, reader.DataConverter().FromPayload(sealed, &read))
	require.Equal(t, password, read["password"])
	var text string
	require.NoError(t, reader.DataConverter().FromPayload(plain, &text))
	require.Equal(t, "as it is", text)
	again, err := reader.DataConverter().ToPayload("as it is")
	require.NoError(t, err)
	require.Equal(t, plain.Data, again.Data, "a codec that is not to encrypt does not")
}

func TestPayloadsThatCannotBeReadSayWhy(t *testing.T) {
	codec, err := sagacodec.NewCodec(keys(t, line(t, "k")), true)
	require.NoError(t, err)
	encoded, err := codec.Encode([]*commonpb.Payload{{Data: []byte(password)}})
	require.NoError(t, err)
	other, err := sagacodec.NewCodec(keys(t, line(t, "other")), false)
	require.NoError(t, err)
	_, err = other.Decode(encoded)
	require.ErrorContains(t, err, `encrypted with key "k", which is not among the keys here`)
	changed := &commonpb.Payload{Metadata: encoded[0].Metadata, Data: append([]byte(nil), encoded[0].Data...)}
	changed.Data[len(changed.Data)-1] ^= 1
	_, err = codec.Decode([]*commonpb.Payload{changed})
	require.ErrorContains(t, err, "was changed since")
	_, err = codec.Decode([]*commonpb.Payload{{Metadata: encoded[0].Metadata, Data: []byte("x")}})
	require.ErrorContains(t, err, "cut short")
}
