package clouds

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"novaflow/activities"
	"novaflow/internal/config"
	"novaflow/starter/internal/term"
)

// DevCloud is the cloud of "novaflow dev" in the clouds.yaml it writes.
const DevCloud = "devcloud"

// DevHome returns the folder in which "novaflow dev" keeps its state by default.
func DevHome() string { return filepath.Join(config.DataHome(), "dev") }

// DevCloudsFile returns the path of the clouds.yaml that "novaflow dev" writes.
func DevCloudsFile(dataDir string) string { return filepath.Join(dataDir, "clouds.yaml") }

// Flags choose the cloud that a command is about.
type Flags struct {
	Name string
	File string
}

// Add adds the flags to a flag set.
func (f *Flags) Add(fs *pflag.FlagSet) {
	fs.StringVar(&f.Name, "cloud", "", "cloud, as named in clouds.yaml (default $OS_CLOUD, or the only one)")
	fs.StringVar(&f.File, "cloud-config", "", "clouds.yaml to look at first")
}

// Access gives access to the user's clouds and to the cloud of "novaflow dev".
func (f *Flags) Access() *activities.Clouds {
	if f.File != "" {
		return activities.NewClouds(f.File, DevCloudsFile(DevHome()))
	}
	return activities.NewClouds(DevCloudsFile(DevHome()))
}

// Choose returns the name of the cloud: the one given, else $OS_CLOUD, else the only one
// of the user's clouds.yaml, else the cloud of "novaflow dev".
func (f *Flags) Choose() (string, error) {
	if f.Name != "" {
		return f.Name, nil
	}
	if name := os.Getenv("OS_CLOUD"); name != "" {
		return name, nil
	}
	own := activities.NewClouds()
	if f.File != "" {
		own = activities.NewClouds(f.File)
	}
	names, err := own.Names()
	switch {
	case err != nil: // a broken file is no missing file
		return "", term.WithCode(term.ExitUsage, err)
	case len(names) == 1:
		return names[0], nil
	case len(names) > 1:
		return "", term.Usage("which cloud? give --cloud or set OS_CLOUD; clouds.yaml has %s",
			strings.Join(names, ", "))
	}
	if _, err := os.Stat(DevCloudsFile(DevHome())); err != nil {
		return "", term.Usage("no cloud to work on: there is no clouds.yaml; write one, or start a cloud for trials " +
			"with `novaflow dev`")
	}
	return DevCloud, nil
}

// Complete completes names of clouds.
func (f *Flags) Complete(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	names, _ := f.Access().Names() // a prompt is no place for errors
	return names, cobra.ShellCompDirectiveNoFileComp
}

// DevKeysFile returns the path of the keys for secrets of "novaflow dev".
func DevKeysFile(dataDir string) string { return filepath.Join(dataDir, "keys") }
