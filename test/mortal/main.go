// Command mortal is a worker that dies at a point it is told, as a crash would
// have it: SIGKILL, nothing reported, nothing handed over. Tests use it to be
// certain where a worker was when it died.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/pflag"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"novaflow/activities"
	"novaflow/internal/config"
	"novaflow/internal/workerhost"
)

func main() {
	var at client.Options
	o := workerhost.Options{}
	pflag.StringVar(&at.HostPort, "address", "", "of the engine")
	pflag.StringVar(&at.Namespace, "namespace", "", "of the engine")
	pflag.StringVar(&o.TaskQueue, "task-queue", "", "to serve")
	clouds := pflag.String("cloud-config", "", "clouds.yaml")
	point := pflag.String("die", "", `where: "before PATH" when the activity of that id has been taken up, "after PATH" when it has had its effect and its result is not reported`)
	pflag.Parse()
	when, id, ok := strings.Cut(*point, " ")
	if !ok || when != "before" && when != "after" {
		fmt.Fprintf(os.Stderr, "mortal: --die %q: want \"before PATH\" or \"after PATH\"\n", *point)
		os.Exit(2)
	}
	o.Clouds = activities.NewClouds(*clouds)
	o.Clouds.SetImages(activities.ImageSources{Dir: filepath.Dir(*clouds)})
	o.Interceptors = []interceptor.WorkerInterceptor{&end{id: id, after: when == "after"}}
	at.Logger = config.Silent()
	engine, err := client.Dial(at)
	if err == nil {
		err = workerhost.New(engine, o).Run(worker.InterruptCh())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mortal:", err)
		os.Exit(1)
	}
}

// end is the interceptor that kills the process.
type end struct {
	interceptor.WorkerInterceptorBase
	id    string
	after bool
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (e *end) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	i := &endingActivity{end: e}
	i.Next = next
	return i
}

type endingActivity struct {
	interceptor.ActivityInboundInterceptorBase
	*end
}

// ExecuteActivity runs the activity, unless it is the one at which to die.
func (a *endingActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	here := activity.GetInfo(ctx).ActivityID == a.id
	if here && !a.after {
		die()
	}
	out, err := a.Next.ExecuteActivity(ctx, in)
	if here && err == nil {
		die()
	}
	return out, err
}

// die does not return.
func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}
