package glance

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
)

// Checksum is what the data of an image must have, as ALGORITHM:HEX.
type Checksum string

// checksums are the algorithms of checksums.
var checksums = map[string]func() hash.Hash{"md5": md5.New, "sha256": sha256.New, "sha512": sha512.New}

// Problem says what is wrong with a checksum, or "".
func (s Checksum) Problem() string {
	algo, sum, _ := strings.Cut(string(s), ":")
	of := checksums[algo]
	if s == "" {
		return ""
	}
	if of == nil {
		return fmt.Sprintf("%q does not begin with %s and a colon", string(s),
			strings.Join(slices.Sorted(maps.Keys(checksums)), ", "))
	}
	if raw, err := hex.DecodeString(sum); err != nil || len(raw) != of().Size() {
		return fmt.Sprintf("%q is no %s in hexadecimal", sum, algo)
	}
	return ""
}

// meter counts and sums what is read of an image's data. The request that reads it
// may do so a little longer than it lasts.
type meter struct {
	data io.Reader
	from ImageSource
	name string // of the image, for messages
	stop func() // ends a read that does not end by itself

	mu    sync.Mutex
	size  int64
	read  int64
	sum   map[string]hash.Hash // by algorithm
	err   error                // of the source; not the end of it
	moved time.Time            // when the latest byte was
}

func newMeter(d *data, in UploadImageInput) *meter {
	m := &meter{data: d, from: in.From, stop: func() {},
		name: resource.Describe(resource.KindImage, in.Name, in.ImageID), size: d.size, moved: time.Now(),
		sum: map[string]hash.Hash{"md5": md5.New(), "sha512": sha512.New()}}
	if algo, _, _ := strings.Cut(string(in.Checksum), ":"); checksums[algo] != nil {
		m.sum[algo] = checksums[algo]()
	}
	return m
}

// Read implements [io.Reader].
func (m *meter) Read(p []byte) (int, error) {
	n, err := m.data.Read(p)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.read += int64(n); n > 0 {
		m.moved = time.Now()
	}
	for _, s := range m.sum {
		s.Write(p[:n])
	}
	if (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) && m.read < m.size {
		err = fmt.Errorf("it ends after %d of %d bytes: %w", m.read, m.size, io.ErrUnexpectedEOF)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		m.err = err
	}
	return n, err
}

// broken returns the error of the source, if it had one.
func (m *meter) broken() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// afterwards is how many times longer glance may be silent once it has all data,
// which it may have to put away.
const afterwards = 6

// moving does what reads the data, says meanwhile how far it is, and ends it when
// nothing moves.
func (m *meter) moving(ctx context.Context, c *cloud.Client, done string, do func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stall, watched := sources(c.ImageSources()).stall(), make(chan struct{})
	go func() {
		defer close(watched)
		tick := time.NewTicker(min(stall/4, task.HeartbeatInterval))
		defer tick.Stop()
		for {
			m.report(ctx, done)
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			if err := m.stalled(stall); err != nil {
				cancel(err)
				m.stop()
			}
		}
	}()
	err := do(ctx)
	still := errorCause(ctx)
	cancel(nil)
	<-watched
	switch broken := m.broken(); {
	case err == nil:
	case still != nil:
		err = still
	case broken != nil:
		err = &cloud.Error{Class: cloud.Transient, Message: fmt.Sprintf("read %s: %s", m.from,
			cloud.Shorten(broken.Error()))}
	}
	return err
}

// errorCause returns our own reason for ending a context, or nil.
func errorCause(ctx context.Context) error {
	if ours, ok := errors.AsType[*cloud.Error](context.Cause(ctx)); ok {
		return ours
	}
	return nil
}

const mebi = 1 << 20

func (m *meter) report(ctx context.Context, done string) {
	m.mu.Lock()
	read, size := m.read, m.size
	m.mu.Unlock()
	task.SayProgress(ctx, int(100*float64(read)/float64(size)), fmt.Sprintf("%s: %.1f of %.1f MiB %s", m.name,
		float64(read)/mebi, float64(size)/mebi, done))
}

// stalled returns an error if the transfer has stood still for too long.
func (m *meter) stalled(limit time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	what := "its source"
	if m.read >= m.size {
		limit, what = afterwards*limit, "an answer"
	}
	if still := time.Since(m.moved); still > limit {
		return &cloud.Error{Class: cloud.Transient,
			Message: fmt.Sprintf("%s: nothing has moved for %s after %d of %d bytes, waiting for %s or glance: cut",
				m.name, still.Round(time.Second), m.read, m.size, what)}
	}
	return nil
}

// sums returns what was read, or an error if that is not all of it.
func (m *meter) sums(in UploadImageInput) (Uploaded, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.read != m.size {
		return Uploaded{}, &cloud.Error{Class: cloud.Ambiguous, Message: fmt.Sprintf("%s: glance took %d of %d bytes",
			m.name, m.read, m.size)}
	}
	hexadecimal := func(algo string) string { return hex.EncodeToString(m.sum[algo].Sum(nil)) }
	out := Uploaded{ImageID: in.ImageID, SizeBytes: m.read, MD5: hexadecimal("md5"), SHA512: hexadecimal("sha512")}
	if algo, want, _ := strings.Cut(string(in.Checksum), ":"); want != "" &&
		hexadecimal(algo) != strings.ToLower(want) {
		return out, &cloud.Error{Class: cloud.Terminal, Type: cloud.ImageError,
			Message: fmt.Sprintf("%s has the checksum %s:%s and not %s: it is another file, or it was damaged",
				in.From, algo, hexadecimal(algo), in.Checksum)}
	}
	return out, nil
}

// differs returns an error if the image does not hold what was sent. It compares sizes,
// and glance's hash, or the MD5 where glance has a hash of another kind.
func (u Uploaded) differs(im Image) error {
	what, has, want := "bytes", fmt.Sprint(im.SizeBytes), fmt.Sprint(u.SizeBytes)
	switch {
	case im.SizeBytes != u.SizeBytes:
	case im.HashAlgo == "sha512" && im.Hash != "":
		what, has, want = "SHA-512", im.Hash, u.SHA512
	case im.Checksum != "":
		what, has, want = "MD5", im.Checksum, u.MD5
	}
	if has == want {
		return nil
	}
	return &cloud.Error{Class: cloud.Terminal, Type: cloud.ImageError,
		Message: fmt.Sprintf("%s does not hold what was sent: %s %s and not %s",
			resource.Describe(resource.KindImage, im.Name, im.ID), what, has, want)}
}
