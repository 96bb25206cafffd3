package cloud

import (
	"context"
	"sync"
	"time"

	"novaflow/saga/sagacodec"
)

// Clouds gives access to the clouds of a clouds.yaml by name. It creates one set of
// clients for each cloud at the first request, and keeps it. It is safe for concurrent
// use.
type Clouds struct {
	files     []string
	looks     int           // searches for a mark after an answer may have been lost
	lookPause time.Duration // pause between them
	patience  time.Duration // see SetPatience
	keys      *sagacodec.Keys
	images    ImageSources

	mu   sync.Mutex
	sets map[string]*clientSet
}

// ImageSources say what a worker may read the data of images from. Every user who may
// start runs can have the worker read anything that they allow.
type ImageSources struct {
	Dir   string   // folder of files; "": no files are read
	Hosts []string // HOST or HOST:PORT that may be read from wherever they are, also on the worker itself
	// without a byte, after which a transfer is given up; 0: five minutes, as some
	// stores are slow to begin
	Stall time.Duration
}

// NewClouds reads clouds.yaml where every OpenStack tool does, each time that a
// cloud is opened. The given files are looked at first; those that do not exist
// are passed over.
func NewClouds(files ...string) *Clouds {
	return &Clouds{files: files, looks: 3, lookPause: 700 * time.Millisecond, patience: DefaultPatience,
		sets: map[string]*clientSet{}}
}

// SetLookPause sets the pause between two looks for a mark, where the list may
// lag behind. It is 0.7 s unless set; a cloud without lag, as in tests, needs
// none. Call it before the first use.
func (c *Clouds) SetLookPause(d time.Duration) { c.lookPause = d }

// SetPatience sets how long an attempt to delete something waits out conflicts, such as
// a volume that is still being detached, before it reports them. It is 2 minutes unless
// set. Call it before the first use.
func (c *Clouds) SetPatience(d time.Duration) { c.patience = d }

// SetKeys sets the keys with which the secrets in inputs are read, such as user
// data. Without them an activity that needs a secret fails. Call it before the
// first use.
func (c *Clouds) SetKeys(k *sagacodec.Keys) { c.keys = k }

// SetImages sets where the data of images may come from. Without it they come from
// addresses only. Call it before the first use.
func (c *Clouds) SetImages(s ImageSources) { c.images = s }

// DefaultPatience is how long a conflict is waited out before it is reported, unless
// SetPatience says otherwise. The engine then tries again, and people can see why.
const DefaultPatience = 2 * time.Minute

// Names lists the clouds in the configuration. None is no error; a file that
// cannot be read is.
func (c *Clouds) Names() ([]string, error) {
	var files []*cloudsFile
	for f, err := range c.eachFile() {
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return knownClouds(files), nil
}

// clientSet is the clients of one cloud, or the attempt to make them.
type clientSet struct {
	done   chan struct{} // closed when the fields below are set
	client *Client
	err    error
}

// Open returns the clients of a cloud and project. All callers that ask while the clients
// are being created share the outcome. Open keeps no failures, so the next call sees a
// corrected file or a cloud that is up again.
func (c *Clouds) Open(ctx context.Context, name string) (*Client, error) {
	set := c.set(name)
	select {
	case <-set.done:
		return set.client, set.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Using calls a function with the clients of a cloud.
func Using[T any](ctx context.Context, clouds *Clouds, name string,
	do func(context.Context, *Client) (T, error)) (T, error) {
	c, err := clouds.Open(ctx, name)
	if err != nil {
		return *new(T), err
	}
	return do(ctx, c)
}

// set returns the clients that exist, or begins to create them.
func (c *Clouds) set(name string) *clientSet {
	c.mu.Lock()
	defer c.mu.Unlock()
	set := c.sets[name]
	if set == nil {
		set = &clientSet{done: make(chan struct{})}
		c.sets[name] = set
		go c.fill(name, set)
	}
	return set
}

// fill creates the clients of a cloud. It does not depend on the caller that asked first.
func (c *Clouds) fill(name string, set *clientSet) {
	ctx, cancel := context.WithTimeout(context.Background(), RequestTimeout)
	defer cancel()
	defer close(set.done)
	path, settings, err := c.entry(name)
	if err == nil {
		set.client, err = connectCloud(ctx, name, path, settings)
	}
	if err != nil {
		set.client, set.err = nil, err
		c.Forget(name)
		return
	}
	set.client.clouds = c
}

// Forget drops the clients of a cloud whose credentials were refused, so that
// the next call reads the file again.
func (c *Clouds) Forget(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sets, name)
}
