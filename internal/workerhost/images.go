package workerhost

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"novaflow/activities"
)

// Images says where a worker may read the data of images from.
type Images struct {
	Dir   string
	Hosts []string
}

// AddFlags adds the flags that set it.
func (i *Images) AddFlags(fs *pflag.FlagSet, without string) {
	fs.StringVar(&i.Dir, "image-dir", "", "`folder` below which files are read to make images of them; all workers of a task queue need the same files; without it "+without)
	fs.StringArrayVar(&i.Hosts, "image-host", nil, "`HOST[:PORT]` that images may be read from though it is the worker itself, or next to it (repeatable)")
}

// Sources is what the activities are told, or what is wrong with it.
func (i *Images) Sources() (activities.ImageSources, error) {
	if i.Dir != "" {
		if there, err := os.Stat(i.Dir); err != nil || !there.IsDir() {
			return activities.ImageSources{}, fmt.Errorf("--image-dir %s: there is no such folder", i.Dir)
		}
	}
	for _, host := range i.Hosts {
		if host == "" || strings.ContainsAny(host, "/@ ") {
			return activities.ImageSources{}, fmt.Errorf("--image-host %q: want HOST or HOST:PORT", host)
		}
	}
	return activities.ImageSources{Dir: i.Dir, Hosts: i.Hosts}, nil
}
