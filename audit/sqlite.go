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

// busyPause is the pause before it tries again to connect.
const busyPause = 20 * time.Millisecond

// sqliteConnector connects to a SQLite file. The first connections bring the file into
// WAL mode. SQLite refuses that at once while another connection does the same. Its
// busy_timeout does not apply to a change of mode, because both could wait for each
// other (https://sqlite.org/c3ref/busy_handler.html).
type sqliteConnector struct{ name string }

// Driver implements driver.Connector.
func (c sqliteConnector) Driver() driver.Driver { return &sqlite.Driver{} }

// Connect implements driver.Connector.
func (c sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, busyTimeout)
	defer cancel()
	for {
		connection, err := c.Driver().Open(c.name)
		if !isBusy(err) {
			return connection, err
		}
		select {
		case <-waiting.Done():
			return nil, err
		case <-time.After(busyPause):
		}
	}
}

// isBusy reports whether SQLite refuses because another connection is busy.
func isBusy(err error) bool {
	var refused *sqlite.Error
	return errors.As(err, &refused) && refused.Code()&0xff == sqlite3.SQLITE_BUSY
}
