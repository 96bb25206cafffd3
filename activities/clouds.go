package activities

import (
	"context"
	"sync"
	"time"
)

// Clouds gives access to the clouds of a clouds.yaml by name. It makes one set
// of clients for each, when first asked, and keeps it. It is safe for
// concurrent use.
type Clouds struct {
	files     []string
	looks     int           // searches for a mark after an answer may have been lost
	lookPause time.Duration // pause between them

	mu   sync.Mutex
	sets map[string]*clientSet
}

// NewClouds reads clouds.yaml where every OpenStack tool does, each time that a
// cloud is opened. The given files are looked at first; those that do not exist
// are passed over.
func NewClouds(files ...string) *Clouds {
	return &Clouds{files: files, looks: 3, lookPause: 700 * time.Millisecond, sets: map[string]*clientSet{}}
}

// SetLookPause sets the pause between two looks for a mark, where the list may
// lag behind. It is 0.7 s unless set; a cloud without lag, as in tests, needs
// none. Call it before the first use.
func (c *Clouds) SetLookPause(d time.Duration) { c.lookPause = d }

// Names lists the clouds in the configuration. What cannot be read has none.
func (c *Clouds) Names() []string {
	files, err := c.readFiles()
	if err != nil {
		return nil
	}
	return knownClouds(files)
}

// clientSet holds the clients of one cloud once somebody has made them. Whoever
// holds the turn makes them; the others wait for it or for their own context.
type clientSet struct {
	turn   chan struct{}
	client *client
}

// open returns the clients of a cloud and project. Failures are not kept, so
// that a corrected file or a cloud that is up again is seen by the next call.
func (c *Clouds) open(ctx context.Context, name string) (*client, error) {
	set := c.set(name)
	select {
	case set.turn <- struct{}{}:
		defer func() { <-set.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if set.client != nil {
		return set.client, nil
	}
	path, settings, err := c.entry(name)
	if err != nil {
		return nil, err
	}
	made, err := connect(ctx, name, path, settings)
	if err != nil {
		return nil, err
	}
	made.clouds = c
	set.client = made
	return made, nil
}

func (c *Clouds) set(name string) *clientSet {
	c.mu.Lock()
	defer c.mu.Unlock()
	set := c.sets[name]
	if set == nil {
		set = &clientSet{turn: make(chan struct{}, 1)}
		c.sets[name] = set
	}
	return set
}

// forget drops the clients of a cloud whose credentials were refused, so that
// the next call reads the file again.
func (c *Clouds) forget(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sets, name)
}
