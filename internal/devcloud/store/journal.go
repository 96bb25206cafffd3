package store

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// journal appends every changed object to a file, one line of JSON each. Changes gather
// in pending until flush writes them, once a request.
type journal struct {
	path    string
	file    *os.File
	tables  map[string]rows
	kinds   []string
	pending bytes.Buffer
	failed  error
	grown   int // bytes appended since the last compaction
	kept    int // bytes that compaction left
}

// slack is how many bytes the journal may grow, beyond four times what exists, before it
// is compacted while in use.
const slack = 64 << 20

// record is a line of the journal: an object as it is now, or without one its removal.
type record struct {
	Kind   string          `json:"k"`
	ID     string          `json:"id"`
	Object json.RawMessage `json:"o,omitempty"`
}

// changed adds a line for an object that was changed. it is nil if it was removed.
func (j *journal) changed(kind, id string, it Object) {
	if j.path == "" {
		return
	}
	if err := j.line(&j.pending, kind, id, it); err != nil {
		j.failed = err
	}
}

func (j *journal) line(w io.Writer, kind, id string, it Object) error {
	r := record{Kind: kind, ID: id}
	if it != nil {
		raw, err := json.Marshal(it)
		if err != nil {
			return fmt.Errorf("devcloud: encode %s %s: %w", kind, id, err)
		}
		r.Object = raw
	}
	return json.NewEncoder(w).Encode(r)
}

// flush hands what changed to the operating system in one write.
func (j *journal) flush() error {
	if j.file == nil || j.pending.Len() == 0 {
		return j.failed
	}
	n, err := j.file.Write(j.pending.Bytes())
	j.pending.Reset()
	if j.grown += n; err == nil && j.grown > slack+4*j.kept {
		err = j.compact()
	}
	if err != nil && j.failed == nil {
		j.failed = fmt.Errorf("devcloud: write %s: %w; free some space and start again", j.path, err)
	}
	return j.failed
}

// replay reads the file into the tables and reports whether it exists.
func (j *journal) replay() (bool, error) {
	f, err := os.Open(j.path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("devcloud: open the state: %w", err)
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return n > 1, nil // what is left has no end of line: torn by a crash
		}
		if err != nil {
			return false, fmt.Errorf("devcloud: read %s: %w", j.path, err)
		}
		if err := j.apply(line); err != nil {
			return false, fmt.Errorf("devcloud: %s line %d: %w; repair or remove the file", j.path, n, err)
		}
	}
}

func (j *journal) apply(line []byte) error {
	var r record
	if err := json.Unmarshal(line, &r); err != nil {
		return err
	}
	t, ok := j.tables[r.Kind]
	if !ok {
		return fmt.Errorf("unknown kind %q", r.Kind)
	}
	if r.Object == nil {
		t.drop(r.ID)
		return nil
	}
	return t.load(r.ID, r.Object)
}

// compact writes what exists to a new file, puts it in the place of the old
// one and keeps it open to append to.
func (j *journal) compact() error {
	tmp, err := os.CreateTemp(filepath.Dir(j.path), filepath.Base(j.path)+".*")
	if err != nil {
		return fmt.Errorf("devcloud: write the state: %w", err)
	}
	w := bufio.NewWriterSize(tmp, 1<<20)
	for _, kind := range j.kinds {
		j.tables[kind].Each(func(id string, it Object) { err = errors.Join(err, j.line(w, kind, id, it)) })
	}
	err = errors.Join(err, w.Flush())
	if err == nil {
		j.kept, j.grown = sizeOf(tmp), 0
		err = os.Rename(tmp.Name(), j.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("devcloud: write the state: %w", err), tmp.Close(), os.Remove(tmp.Name()))
	}
	if j.file != nil {
		err = j.file.Close()
	}
	j.file = tmp
	j.pending.Reset()
	return err
}

// sizeOf returns where the next write goes.
func sizeOf(f *os.File) int {
	at, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0
	}
	return int(at)
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	err := errors.Join(j.flush(), j.file.Close())
	j.file = nil
	return err
}
