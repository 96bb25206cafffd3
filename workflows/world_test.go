package workflows_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

// cloudsFile writes the clouds.yaml of a development cloud.
func cloudsFile(t *testing.T, cloud *devcloud.Cloud) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "clouds.yaml")
	require.NoError(t, os.WriteFile(file, cloud.CloudsYAML(), 0o600))
	return file
}

// quiet drops what the test environment logs.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
