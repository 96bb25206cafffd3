package audit

import (
	"context"
	"database/sql/driver"
	"errors"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// busyTimeout is how long a connection waits for another one of the same SQLite file.
const busyTimeout = 10 * time.Second

// busyPause is how long it waits before it tries again to be made.
const busyPause = 20 * time.Millisecond

// sqliteConnector makes connections to a SQLite file. The first ones bring the file
// into WAL mode. SQLite refuses that at once while another connection is at it: its
// busy_timeout is not for a change of mode, as both could wait for each other
// (https://sqlite.org/c3ref/busy_handler.html).
type sqliteConnector struct{ name string }

func (c sqliteConnector) Driver() driver.Driver { return &sqlite.Driver{} }

func (c sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, busyTimeout)
	defer cancel()
	for {
		made, err := c.Driver().Open(c.name)
		if !isBusy(err) {
			return made, err
		}
		select {
		case <-waiting.Done():
			return nil, err
		case <-time.After(busyPause):
		}
	}
}

func isBusy(err error) bool {
	var refused *sqlite.Error
	return errors.As(err, &refused) && refused.Code()&0xff == sqlite3.SQLITE_BUSY
}
