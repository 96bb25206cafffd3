package main

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

// devCloudName is the cloud of "novaflow dev" in the clouds.yaml it writes.
const devCloudName = "devcloud"

// dataHome is where "novaflow dev" keeps its state unless told otherwise.
func dataHome() string { return filepath.Join(config.DataHome(), "dev") }

// cloudsFile is the clouds.yaml that "novaflow dev" writes into its data folder.
func cloudsFile(dataDir string) string { return filepath.Join(dataDir, "clouds.yaml") }

// cloudFlags say which cloud a command is about.
type cloudFlags struct {
	name string
	file string
}

func (f *cloudFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.name, "cloud", "", "cloud, as named in clouds.yaml (default $OS_CLOUD, or the only one)")
	fs.StringVar(&f.file, "cloud-config", "", "clouds.yaml to look at first")
}

// clouds gives access to the user's clouds and to that of "novaflow dev".
func (f *cloudFlags) clouds() *activities.Clouds {
	if f.file != "" {
		return activities.NewClouds(f.file, cloudsFile(dataHome()))
	}
	return activities.NewClouds(cloudsFile(dataHome()))
}

// choose is the name of the cloud: the one given, else $OS_CLOUD, else the only
// one of the user's clouds.yaml, else that of "novaflow dev".
func (f *cloudFlags) choose() (string, error) {
	if f.name != "" {
		return f.name, nil
	}
	if name := os.Getenv("OS_CLOUD"); name != "" {
		return name, nil
	}
	own := activities.NewClouds()
	if f.file != "" {
		own = activities.NewClouds(f.file)
	}
	names, err := own.Names()
	switch {
	case err != nil: // a broken file must not be taken for a missing one
		return "", term.WithCode(term.ExitUsage, err)
	case len(names) == 1:
		return names[0], nil
	case len(names) > 1:
		return "", term.Usage("which cloud? give --cloud or set OS_CLOUD; clouds.yaml has %s", strings.Join(names, ", "))
	}
	if _, err := os.Stat(cloudsFile(dataHome())); err != nil {
		return "", term.Usage("no cloud to work on: there is no clouds.yaml; write one, or start a cloud to try with `novaflow dev`")
	}
	return devCloudName, nil
}

// complete completes names of clouds.
func (f *cloudFlags) complete(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	names, _ := f.clouds().Names() // a prompt is no place for errors
	return names, cobra.ShellCompDirectiveNoFileComp
}
