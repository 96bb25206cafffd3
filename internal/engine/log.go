package engine

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// tailBytes is the length of the end of the log that an error quotes.
const tailBytes = 2000

// logFile is where the child writes its log. It is a file that the child writes to by
// itself, so that it does not depend on a reader. If the user gave a writer, there is no
// file.
type logFile struct {
	writer io.Writer
	file   *os.File // nil: the writer is the user's
	from   int64    // where this engine's part starts
}

// openLog opens DataDir/engine.log. For an engine in memory it opens a file that is gone
// with the process.
func openLog(o Options) (*logFile, error) {
	if o.Log != nil {
		return &logFile{writer: o.Log}, nil
	}
	var file *os.File
	var err error
	if o.DataDir == "" {
		if file, err = os.CreateTemp("", "novaflow-engine-*.log"); err == nil {
			os.Remove(file.Name())
		}
	} else {
		file, err = os.OpenFile(filepath.Join(o.DataDir, "engine.log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("engine log: %w", err)
	}
	from, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("engine log: %w", err)
	}
	return &logFile{writer: file, file: file, from: from}, nil
}

// Close closes the file for this process. The child has it open on its own.
func (l *logFile) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// last returns the end of this engine's log. It returns nothing if the user gave a
// writer.
func (l *logFile) last() []byte {
	if l.file == nil {
		return nil
	}
	info, err := l.file.Stat()
	if err != nil {
		return nil
	}
	from := max(l.from, info.Size()-tailBytes)
	text, _ := io.ReadAll(io.NewSectionReader(l.file, from, info.Size()-from))
	return bytes.TrimSpace(text)
}

// contains reports whether the end of the log contains these words.
func (l *logFile) contains(words string) bool { return bytes.Contains(l.last(), []byte(words)) }

// tail returns the end of the log as the end of an error's text.
func (l *logFile) tail() string {
	if text := l.last(); len(text) > 0 {
		return "; its log ends with:\n" + string(text)
	}
	return ""
}
