package workerhost

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"novaflow/activities"
)

// Images says from where a worker may read the data of images.
type Images struct {
	Dir   string
	Hosts []string
}

// AddFlags adds the flags that set them. Without says what happens without a folder.
func (i *Images) AddFlags(fs *pflag.FlagSet, without string) {
	fs.StringVar(&i.Dir, "image-dir", "", "`folder` whose files images may be created from; "+
		"all workers of a task queue need the same files; without it "+without)
	fs.StringArrayVar(&i.Hosts, "image-host", nil, "`HOST[:PORT]` from which images may be read "+
		"although its address is a loopback, link-local or multicast one (repeatable)")
}

// Sources returns the sources for the activities, or an error that names what is wrong.
func (i *Images) Sources() (activities.ImageSources, error) {
	if i.Dir != "" {
		if info, err := os.Stat(i.Dir); err != nil || !info.IsDir() {
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
