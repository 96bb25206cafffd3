package sagacodec

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// Variables of the environment in which [FromEnvironment] looks for keys.
const (
	EnvKeysFile = "NOVAFLOW_KEYS_FILE" // the path of a file of keys
	EnvKeys     = "NOVAFLOW_KEYS"      // the keys themselves, parted by newlines or semicolons
)

// keySize is the size of an AES-256 key, in bytes.
const keySize = 32

// ErrNoKeys is the error of a process that has to encrypt and has no key.
var ErrNoKeys = errors.New("no key for encryption is configured: create one with `novaflow key create FILE`, and " +
	"name " +
	"the file in " + EnvKeysFile + " of this command and of the workers")

// UnknownKey says that something was encrypted with a key that is not there.
type UnknownKey struct{ Name string }

func (e *UnknownKey) Error() string {
	return fmt.Sprintf("it was encrypted with key %q, which is not among the keys here: add that key to the file of "+
		"keys", e.Name)
}

// Keys are keys with names. The first encrypts, all decrypt. They are safe for
// concurrent use; nil has no keys.
type Keys struct {
	names []string
	aeads map[string]cipher.AEAD
}

// keyName leaves out what parts names, keys and lines.
var keyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// ParseKeys reads lines "NAME BASE64", with 32 bytes each. Empty lines and those
// that begin with # are passed over. The error never quotes a key.
func ParseKeys(text string) (*Keys, error) {
	k := &Keys{aeads: map[string]cipher.AEAD{}}
	var problems []error
	lines := bufio.NewScanner(strings.NewReader(strings.ReplaceAll(text, ";", "\n")))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := k.add(line); err != nil {
			problems = append(problems, fmt.Errorf("key on line %d: %w", n, err))
		}
	}
	if lines.Err() != nil {
		problems = append(problems, errors.New("keys: a line is too long to be a key"))
	}
	return k, errors.Join(problems...)
}

func (k *Keys) add(line string) error {
	words := strings.Fields(line)
	if len(words) != 2 {
		return errors.New("want a name and 32 bytes in base64")
	}
	name, text := words[0], words[1]
	raw, err := base64.StdEncoding.DecodeString(text)
	switch {
	case !keyName.MatchString(name):
		return fmt.Errorf("the name must match %s", keyName)
	case k.aeads[name] != nil:
		return fmt.Errorf("the name %q is there twice", name)
	case err != nil || len(raw) != keySize:
		return fmt.Errorf("key %q is not 32 bytes in base64", name)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return err
	}
	k.names, k.aeads[name] = append(k.names, name), aead
	return nil
}

// ReadKeys reads a file of keys. It refuses one that others than its owner can
// read.
func ReadKeys(path string) (*Keys, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("file of keys: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("file of keys: %s can be read by others (mode %04o): `chmod 600` it, and create new "+
			"keys "+
			"if they may have been read", path, mode)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("file of keys: %w", err)
	}
	k, err := ParseKeys(string(text))
	if err != nil {
		return nil, fmt.Errorf("file of keys %s: %w", path, err)
	}
	return k, nil
}

// FromEnvironment reads the keys that the environment names, or none. Lookup is
// os.LookupEnv, or another one for tests.
func FromEnvironment(lookup func(string) (string, bool)) (*Keys, error) {
	path, _ := lookup(EnvKeysFile)
	text, _ := lookup(EnvKeys)
	switch {
	case path != "" && text != "":
		return nil, fmt.Errorf("%s and %s are both set: keep one", EnvKeysFile, EnvKeys)
	case path != "":
		return ReadKeys(path)
	}
	k, err := ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", EnvKeys, err)
	}
	return k, nil
}

// NewKey creates a key, as a line for a file of keys.
func NewKey(name string) (string, error) {
	if !keyName.MatchString(name) {
		return "", fmt.Errorf("key %q: the name must match %s", name, keyName)
	}
	raw := make([]byte, keySize)
	rand.Read(raw) //nolint:errcheck // it never fails
	return name + " " + base64.StdEncoding.EncodeToString(raw) + "\n", nil
}

// Empty reports whether there is no key, so that nothing can be encrypted.
func (k *Keys) Empty() bool { return k == nil || len(k.names) == 0 }

// seal encrypts with the first key. The purpose keeps what was sealed for one
// purpose from being passed off as sealed for another.
func (k *Keys) seal(purpose string, plain []byte) (name string, sealed []byte, err error) {
	if k.Empty() {
		return "", nil, ErrNoKeys
	}
	name = k.names[0]
	nonce := make([]byte, k.aeads[name].NonceSize(), k.aeads[name].NonceSize()+len(plain)+k.aeads[name].Overhead())
	rand.Read(nonce) //nolint:errcheck // it never fails
	return name, k.aeads[name].Seal(nonce, nonce, plain, []byte(purpose+name)), nil
}

// open decrypts what seal encrypted with any of the keys.
func (k *Keys) open(purpose, name string, sealed []byte) ([]byte, error) {
	if k.Empty() {
		return nil, &UnknownKey{name}
	}
	aead := k.aeads[name]
	if aead == nil {
		return nil, &UnknownKey{name}
	}
	if len(sealed) < aead.NonceSize() {
		return nil, errors.New("what was encrypted is cut short")
	}
	plain, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(purpose+name))
	if err != nil {
		return nil, fmt.Errorf("what was encrypted with key %q was changed since, or that key is another one here",
			name)
	}
	return plain, nil
}
