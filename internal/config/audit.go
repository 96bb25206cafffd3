package config

import (
	"cmp"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"
)

// AuditVariable is the environment variable that says where the audit store is, if no
// flag does.
const AuditVariable = "NOVAFLOW_AUDIT"

// AddAuditFlag declares the flag that says where the audit store is.
func AddAuditFlag(fs *pflag.FlagSet, place *string) {
	fs.StringVar(place, "audit", "", "audit `STORE` for runs that have ended: the path of a SQLite file, "+
		"a postgres:// URL, or off (default $"+AuditVariable+", or "+AuditFile("")+")")
}

// AuditPlace returns where the audit store is: what the flag says, else what the
// environment says, else a file among the user's data.
func AuditPlace(flag string) string {
	return cmp.Or(flag, os.Getenv(AuditVariable), AuditFile(DataHome()))
}

// AuditFile returns the path of the audit store in a folder for data. Without a folder
// the path is one for people to read.
func AuditFile(folder string) string {
	if folder == "" {
		folder = filepath.Join("~", ".local", "share", "novaflow")
	}
	return filepath.Join(folder, "audit.db")
}

// DataHome returns the folder for a user's data: below $XDG_DATA_HOME, else below
// ~/.local/share.
func DataHome() string {
	base := os.Getenv("XDG_DATA_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return filepath.Join(os.TempDir(), "novaflow")
		}
		base = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(base, "novaflow")
}
