package hosts

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/migrations"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/activities/nova"
	"novaflow/saga"
)

// The actions that move a running server to another host, for administrators: look,
// ask (and abort), wait.
var (
	CheckLiveMigrationAction = saga.Read((*Activities)(nil).CheckLiveMigration).With(task.CheckOptions)
	LiveMigrateAction        = saga.Do((*Activities)(nil).LiveMigrate).UndoneBy((*Activities)(nil).AbortLiveMigration).
					With(task.SubmitOptions).UndoWith(task.DeleteOptions)
	WaitLiveMigrationAction = saga.Read((*Activities)(nil).WaitLiveMigration).With(task.WaitOptions)
)

// movableLive are the statuses in which nova moves a server while it runs.
var movableLive = []string{"ACTIVE", "PAUSED"}

// LiveMigrationQuery asks whether a server can be moved while it runs.
type LiveMigrationQuery struct {
	Cloud  string `json:"cloud"`
	Server string `json:"server"`         // id, or exact name in any project
	Host   string `json:"host,omitempty"` // "" lets nova choose
}

// CheckLiveMigration looks the server and the hosts up and reports every problem at once.
func (a *Activities) CheckLiveMigration(ctx context.Context, q LiveMigrationQuery) (nova.ServerBefore, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (nova.ServerBefore, error) {
		v, err := nova.ResolveAnyServer(ctx, c, q.Server)
		if err != nil {
			return nova.ServerBefore{}, err
		}
		p := &precheck.Problems{}
		nova.CheckMovable(p, v, movableLive)
		if err := nova.CheckDestination(ctx, c, p, v, q.Host); err != nil {
			return nova.ServerBefore{}, err
		}
		if err := p.Lines(); err != nil {
			return nova.ServerBefore{}, err
		}
		return nova.RecordWithOwner(ctx, c, v)
	})
}

// LiveMigrationInput says which server is to move, and where to.
type LiveMigrationInput struct {
	Cloud  string            `json:"cloud"`
	Before nova.ServerBefore `json:"before"`
	Host   string            `json:"host,omitempty"`
}

func (in LiveMigrationInput) words() string {
	text := "live-migrate " + resource.Describe(resource.KindServer, in.Before.Name, in.Before.ID)
	if in.Host != "" {
		text += " to host " + in.Host
	}
	return text
}

// liveOptions are those of os-migrateLive since 2.25, which gophercloud lacks.
type liveOptions struct{ host string }

// ToLiveMigrateMap implements servers.LiveMigrateOptsBuilder.
func (o liveOptions) ToLiveMigrateMap() (map[string]any, error) {
	host := any(nil)
	if o.host != "" {
		host = o.host
	}
	return map[string]any{"os-migrateLive": map[string]any{"host": host, "block_migration": "auto"}}, nil
}

// LiveMigrate asks for the move, unless an earlier attempt has. It does not wait.
func (a *Activities) LiveMigrate(ctx context.Context, in saga.Intent[LiveMigrationInput]) (nova.Accepted, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (nova.Accepted, error) {
		return nova.RequestOnce(ctx, c, in.In.Before, "live-migration", in.In.words(), func(ctx context.Context) error {
			return servers.LiveMigrate(ctx, c.Compute, in.In.Before.ID, liveOptions{in.In.Host}).ExtractErr()
		})
	})
}

// AbortLiveMigration aborts the move if it is under way, and returns when nova is not
// at work on the server. One that has arrived stays where it is: it runs as before, and
// another move would be another risk.
func (a *Activities) AbortLiveMigration(ctx context.Context, u saga.Undo[LiveMigrationInput, nova.Accepted]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		ours, err := nova.FindRequest(ctx, c, u.In.Before, "live-migration", u.Out == nil)
		if err != nil || ours == "" {
			return cloud.IgnoreGone(err)
		}
		begun := time.Now()
		return cloud.IgnoreGone(nova.Servers.Watch(ctx, c, u.In.Before.ID, func(v nova.Server) (bool, error) {
			task.Say(ctx, task.DescribeWait("abort: "+u.In.words(), strings.TrimSpace(v.Status+" "+v.TaskState), begun))
			if v.TaskState != "migrating" {
				return v.TaskState == "", nil
			}
			err := abortMigrations(ctx, c, v)
			if cloud.ClassOf(err) == cloud.Conflict && time.Since(begun) < cloud.DefaultPatience {
				err = nil // it ends just now, or cannot be aborted any more
			}
			return false, cloud.IgnoreGone(err)
		}))
	})
}

// abortMigrations asks for the end of each live migration of the server that is under
// way.
func abortMigrations(ctx context.Context, c *cloud.Client, v nova.Server) error {
	what := "abort the live migration of " + resource.Describe(resource.KindServer, v.Name, v.ID)
	var running struct {
		Migrations []struct {
			ID int `json:"id"`
		}
	}
	url := c.Compute.ServiceURL("servers", v.ID, "migrations")
	//nolint:bodyclose // gophercloud closes what it decodes
	if _, err := c.Compute.Get(ctx, url, &running, nil); err != nil {
		return cloud.Nova.Op(cloud.Reading, what).Wrap(ctx, err)
	}
	for _, m := range running.Migrations {
		//nolint:bodyclose // there is no body
		_, err := c.Compute.Delete(ctx, url+"/"+strconv.Itoa(m.ID), nil)
		if err = cloud.Nova.Op(cloud.Deleting, what).Wrap(ctx, err); err != nil {
			return err
		}
	}
	return nil
}

// LiveMigrationWait says what move to wait for.
type LiveMigrationWait struct {
	LiveMigrationInput
	Request string `json:"request"` // that asked for it
}

// WaitLiveMigration waits until the server runs on another host and nova's migration is
// completed: then it is on one host only. Where nova gave up, the server runs where
// it was, and the error is of type ServerError.
func (a *Activities) WaitLiveMigration(ctx context.Context, w LiveMigrationWait) (nova.Server, error) {
	return nova.WatchServer(ctx, a.Clouds, w.Cloud, w.Before,
		func(ctx context.Context, c *cloud.Client, v nova.Server) (bool, error) {
			if v.Host == w.Before.Host || v.Host == "" {
				return false, nova.NotDoneError(ctx, c, v, "live-migrate", w.Request)
			}
			status, host, err := newestMigration(ctx, c, v, "live-migration")
			return err == nil && status == "completed" && host == v.Host, err
		})
}

// newestMigration returns the status and the destination of the newest migration of a
// kind.
func newestMigration(ctx context.Context, c *cloud.Client, v nova.Server,
	kind string) (status, host string, err error) {
	op := cloud.Nova.Op(cloud.Listing, "list the migrations of "+resource.Describe(resource.KindServer, v.Name, v.ID))
	uuid := v.ID
	pages, err := migrations.List(c.Compute, migrations.ListOpts{InstanceID: &uuid}).AllPages(ctx)
	if err != nil {
		return "", "", op.Wrap(ctx, err)
	}
	all, err := migrations.ExtractMigrations(pages)
	newest := int64(-1)
	for _, m := range all {
		if m.MigrationType == kind && m.ID > newest {
			newest, status, host = m.ID, m.Status, m.DestCompute
		}
	}
	return status, host, op.Wrap(ctx, err)
}
