package devcloud

import (
	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/keystone"
	"novaflow/internal/devcloud/store"
)

// Options say which cloud to open. The zero value is a cloud in memory whose servers are
// ready at the first look: see store.Options.
type Options = store.Options

// Settings can be changed while the cloud runs: see store.Settings.
type Settings = store.Settings

// Duration is a time.Duration that is text in JSON.
type Duration = store.Duration

// Fault is a rule about calls: see api.Fault for its actions.
type Fault = api.Fault

// Password is the password of every user of the start content.
const Password = keystone.Password

// ParseFault reads "SERVICE METHOD PATH-REGEXP ACTION [COUNT [TEXT]]".
func ParseFault(line string) (Fault, error) { return api.ParseFault(line) }
