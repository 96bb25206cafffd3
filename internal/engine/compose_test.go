package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// composeFile is what these tests read of docker-compose.yml.
type composeFile struct {
	Services map[string]composeService
	Volumes  map[string]any
}

type composeService struct {
	Image       string
	Build       string
	Environment map[string]string
	Ports       []string
	Volumes     []composeVolume
	Healthcheck map[string]any
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
}

// composeVolume is "source:target[:ro]" or the long form.
type composeVolume struct {
	Type, Source, Target string
	ReadOnly             bool `yaml:"read_only"`
}

func (v *composeVolume) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.MappingNode {
		type long composeVolume
		return node.Decode((*long)(v))
	}
	parts := strings.Split(node.Value, ":")
	v.Type, v.Source, v.Target = "volume", parts[0], parts[1]
	if strings.HasPrefix(v.Source, ".") {
		v.Type = "bind"
	}
	v.ReadOnly = len(parts) == 3 && parts[2] == "ro"
	return nil
}

const repository = "../.."

func readCompose(t *testing.T) composeFile {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, "docker-compose.yml"))
	require.NoError(t, err)
	var file composeFile
	require.NoError(t, yaml.Unmarshal(text, &file))
	return file
}

func TestComposeHasWhatAProductionLikeStartNeeds(t *testing.T) {
	services := readCompose(t).Services
	for _, name := range []string{"postgresql", "temporal-schema", "temporal", "temporal-namespace", "audit-database",
		"temporal-ui", "worker"} {
		require.Contains(t, services, name)
	}
	worker := services["worker"]
	require.Equal(t, "temporal:7233", worker.Environment["TEMPORAL_ADDRESS"])
	require.Equal(t, ".", worker.Build)
	require.FileExists(t, filepath.Join(repository, "Dockerfile"))
	require.Contains(t, worker.Environment["NOVAFLOW_AUDIT"], "@postgresql:5432/novaflow_audit")
	clouds := worker.Environment["OS_CLIENT_CONFIG_FILE"]
	require.Contains(t, targets(worker), clouds, "clouds.yaml is mounted where the worker looks for it")
}

func targets(s composeService) (out []string) {
	for _, v := range s.Volumes {
		out = append(out, v.Target)
	}
	return out
}

// With a moving tag, the same checkout would be another system tomorrow.
func TestComposeAndDockerfilePinTheirImages(t *testing.T) {
	pinned := regexp.MustCompile(`^[a-z0-9./-]+:([0-9]+\.[0-9]+(\.[0-9]+)?(-[a-z]+)?|nonroot)$`)
	for name, s := range readCompose(t).Services {
		if s.Build == "" {
			require.Regexp(t, pinned, s.Image, name)
		}
	}
	text, err := os.ReadFile(filepath.Join(repository, "Dockerfile"))
	require.NoError(t, err)
	for _, from := range regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(string(text), -1) {
		require.Regexp(t, pinned, from[1])
	}
}

// What the embedded engine runs is what is tested, so compose runs the same.
func TestComposeRunsTheVersionsOfTheEngine(t *testing.T) {
	text, err := os.ReadFile("server/go.mod")
	require.NoError(t, err)
	version := func(module string) string {
		found := regexp.MustCompile(`(?m)^\s+` + module + ` v(\S+)`).FindSubmatch(text)
		require.NotNil(t, found, module)
		return string(found[1])
	}
	services := readCompose(t).Services
	server := version("go.temporal.io/server")
	require.Equal(t, "temporalio/server:"+server, services["temporal"].Image)
	require.Equal(t, "temporalio/admin-tools:"+server, services["temporal-schema"].Image)
	require.Equal(t, "temporalio/admin-tools:"+server, services["temporal-namespace"].Image)
	require.Equal(t, "temporalio/ui:"+version("github.com/temporalio/ui-server/v2"), services["temporal-ui"].Image)
}

func TestComposeListensOnTheLoopbackOnly(t *testing.T) {
	for name, s := range readCompose(t).Services {
		for _, port := range s.Ports {
			require.True(t, strings.HasPrefix(port, loopback+":"), "%s: %s", name, port)
		}
	}
}

func TestComposeMountsWhatIsThere(t *testing.T) {
	file := readCompose(t)
	for name, s := range file.Services {
		for _, v := range s.Volumes {
			switch {
			case v.Type == "volume":
				require.Contains(t, file.Volumes, v.Source, name)
			case strings.HasPrefix(v.Source, "./"):
				_, err := os.Stat(filepath.Join(repository, v.Source))
				require.NoError(t, err, name)
				require.True(t, v.ReadOnly, "%s: %s", name, v.Source)
			default: // a file of the user's
				require.True(t, v.ReadOnly, "%s: %s", name, v.Source)
			}
		}
	}
	temporal := file.Services["temporal"]
	require.Contains(t, targets(temporal), temporal.Environment["DYNAMIC_CONFIG_FILE_PATH"])
	for _, name := range []string{"temporal-schema", "temporal-namespace"} {
		require.Equal(t, []string{"/deploy"}, targets(file.Services[name]))
	}
}

// depends_on with service_healthy waits for ever on a service without a check.
func TestComposeWaitsForWhatCanBeWaitedFor(t *testing.T) {
	services := readCompose(t).Services
	for name, s := range services {
		for needed, d := range s.DependsOn {
			require.Contains(t, services, needed, name)
			if d.Condition == "service_healthy" {
				require.NotEmpty(t, services[needed].Healthcheck["test"], "%s needs %s", name, needed)
			}
		}
	}
}
