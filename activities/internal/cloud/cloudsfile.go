package cloud

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// cloudsFile is one clouds.yaml, its secure.yaml merged in.
type cloudsFile struct {
	path   string
	clouds map[string]map[string]any
}

// searchPath lists where clouds.yaml may be, in the order of openstacksdk
// (https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html).
// The first that exists is the one that counts.
func searchPath(name string) []string {
	var paths []string
	if env := os.Getenv("OS_CLIENT_CONFIG_FILE"); env != "" && name == "clouds.yaml" {
		paths = append(paths, env)
	}
	config := os.Getenv("XDG_CONFIG_HOME")
	if home, err := os.UserHomeDir(); config == "" && err == nil {
		config = filepath.Join(home, ".config")
	}
	for _, dir := range []string{".", filepath.Join(config, "openstack"), "/etc/openstack"} {
		paths = append(paths, filepath.Join(dir, name))
	}
	return paths
}

// firstFile reads the first of the paths that exists, or returns nil.
func firstFile(paths []string) (*cloudsFile, error) {
	for _, path := range paths {
		f, err := readCloudsFile(path)
		if !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return nil, nil
}

// readCloudsFile reads a clouds.yaml and the secure.yaml beside it.
func readCloudsFile(path string) (*cloudsFile, error) {
	entries, err := readClouds(path, "clouds")
	if err != nil {
		return nil, err
	}
	secure, err := readClouds(filepath.Join(filepath.Dir(path), "secure.yaml"), "clouds")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for name, entry := range entries {
		entries[name] = mergeSettings(entry, secure[name])
	}
	return &cloudsFile{path: path, clouds: entries}, nil
}

// readClouds reads the entries under one top-level key of a file.
func readClouds(path, key string) (map[string]map[string]any, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file map[string]yaml.Node
	var entries map[string]map[string]any
	if err = yaml.Unmarshal(text, &file); err == nil {
		if node, ok := file[key]; ok {
			err = node.Decode(&entries)
		}
	}
	if err != nil {
		return nil, configProblem("%s cannot be read as YAML: %s", path, yamlProblem(err))
	}
	if entries == nil && key == "clouds" && filepath.Base(path) != "secure.yaml" {
		return nil,
			configProblem(
				"%s has no section %q: see "+
					"https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html", path, key)
	}
	return entries, nil
}

// yamlProblem describes an error of the YAML parser by its line. It leaves out values of
// the file, as they may be secrets.
func yamlProblem(err error) string {
	var wrong *yaml.TypeError
	if !errors.As(err, &wrong) {
		return strings.TrimPrefix(err.Error(), "yaml: ")
	}
	line, _, _ := strings.Cut(wrong.Errors[0], ":")
	return line + ": a mapping of names to settings is expected here"
}

// withProfile merges the settings of the vendor profile that an entry names
// from clouds-public.yaml, where there is one.
func withProfile(entry map[string]any) (map[string]any, error) {
	profile, _ := entry["profile"].(string)
	if profile == "" {
		profile, _ = entry["cloud"].(string)
	}
	if profile == "" {
		return entry, nil
	}
	for _, path := range searchPath("clouds-public.yaml") {
		public, err := readClouds(path, "public-clouds")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return mergeSettings(public[profile], entry), err
	}
	return nil, configProblem("the profile %q is named, but there is no clouds-public.yaml in %s", profile,
		strings.Join(searchPath("clouds-public.yaml"), ", "))
}

// mergeSettings lays one set of settings over another, section by section.
func mergeSettings(under, over map[string]any) map[string]any {
	all := maps.Clone(under)
	if all == nil {
		all = map[string]any{}
	}
	for k, v := range over {
		below, isMap := all[k].(map[string]any)
		if above, ok := v.(map[string]any); ok && isMap {
			v = mergeSettings(below, above)
		}
		all[k] = v
	}
	return all
}

// ReadSettings returns the settings of a cloud, secrets among them, and the file that
// they are in.
func ReadSettings(c *Clouds, name string) (path string, settings map[string]any, err error) {
	return c.entry(name)
}

// entry returns the settings of a cloud, the extra files first. A file after the
// one that has the cloud is not read: a mistake in it is another cloud's.
func (c *Clouds) entry(name string) (path string, settings map[string]any, err error) {
	var files []*cloudsFile
	for f, err := range c.eachFile() {
		if err != nil {
			return "", nil, err
		}
		if e, ok := f.clouds[name]; ok {
			e, err = withProfile(e)
			return f.path, e, err
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return "", nil, configProblem("there is no clouds.yaml in %s", strings.Join(searchPath("clouds.yaml"), ", "))
	}
	known := knownClouds(files)
	return "", nil, configProblem("unknown cloud %q in %s: known are %s%s", name, files[len(files)-1].path,
		QuoteAll(known), Suggest(name, known))
}

// eachFile reads the extra files that exist and the user's clouds.yaml, one by
// one.
func (c *Clouds) eachFile() iter.Seq2[*cloudsFile, error] {
	return func(yield func(*cloudsFile, error) bool) {
		for _, paths := range append(oneEach(c.files), searchPath("clouds.yaml")) {
			f, err := firstFile(paths)
			if (f != nil || err != nil) && !yield(f, err) {
				return
			}
		}
	}
}

func oneEach(paths []string) [][]string {
	var lists [][]string
	for _, p := range paths {
		lists = append(lists, []string{p})
	}
	return lists
}

func knownClouds(files []*cloudsFile) []string {
	var names []string
	for _, f := range files {
		names = append(names, slices.Collect(maps.Keys(f.clouds))...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// configProblem returns an error for a mistake in the configuration. Another attempt
// will not help.
func configProblem(format string, args ...any) error {
	return &Error{Class: Terminal, Message: fmt.Sprintf(format, args...)}
}

// entriesOf returns the entries of clouds.yaml with which users of a project, on the
// cloud of the client, ask for runs: those runs lock what they change under that name.
func (c *Clouds) entriesOf(on *Client, projectID, project string) (entries []string, err error) {
	names, err := c.Names()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		_, settings, err := c.entry(name)
		if err != nil || name == on.Name {
			continue // its own runs report the mistake
		}
		auth, _ := settings["auth"].(map[string]any)
		where := strings.TrimSuffix(strings.TrimSuffix(settingText(auth, "auth_url"), "/"), "/v3")
		here := strings.TrimSuffix(on.Identity.IdentityBase, "/")
		id, called := settingText(auth, "project_id"), settingText(auth, "project_name")
		if where == here && (id == projectID || id == "" && project != "" && called == project) {
			entries = append(entries, name)
		}
	}
	slices.Sort(entries)
	return entries, nil
}
