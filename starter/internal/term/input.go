package term

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// ReplaceFile writes a file that only its owner can read, whole or not at all.
func ReplaceFile(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // it is gone once renamed
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// ReadFile reads a file, or the standard input for "-". An empty one is an error.
func ReadFile(stdin io.Reader, flag, file string) (text []byte, err error) {
	if file == "-" {
		text, err = io.ReadAll(stdin)
	} else {
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, Usage("%s: %w", flag, err)
	}
	if len(text) == 0 {
		return nil, Usage("%s: %s is empty", flag, file)
	}
	return text, nil
}

// Problems collect what is wrong with flags, so that everything is reported together.
type Problems []error

// Add adds an error, if it is one. It reports whether there was none.
func (p *Problems) Add(err error) bool {
	if err != nil {
		*p = append(*p, err)
	}
	return err == nil
}

// ParseProperties reads pairs of the form KEY=VALUE. It returns nil if there are none.
func ParseProperties(pairs []string, bad *Problems) map[string]string {
	var properties map[string]string
	for _, text := range pairs {
		key, value, ok := strings.Cut(text, "=")
		if _, twice := properties[key]; !ok || twice {
			bad.Add(fmt.Errorf("--property %q: want KEY=VALUE, each key once", text))
			continue
		}
		if properties == nil {
			properties = map[string]string{}
		}
		properties[key] = value
	}
	return properties
}
