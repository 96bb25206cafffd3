package stage

import (
	"fmt"
	"math/rand/v2"
	"time"

	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// Plans returns n random requests that the start content of a development cloud can
// serve. For one in eight, a cancellation is tried while it is under way.
func Plans(r *rand.Rand, prefix string, n int) []Plan {
	plans := make([]Plan, n)
	for i := range plans {
		req := server.CreateSpec{
			RunOptions: spec.RunOptions{Cloud: "devcloud"}, Name: fmt.Sprintf("%s-%04d", prefix, i), Image: "tiny", Flavor: "m1.nano",
			BootVolume: r.IntN(2), Ports: make([]server.PortSpec, 1+r.IntN(2)), Volumes: make([]server.VolumeSpec, r.IntN(3)),
		}
		for p := range req.Ports {
			req.Ports[p].Network = "private"
		}
		for v := range req.Volumes {
			req.Volumes[v].Size = 1
		}
		if i%5 == 0 { // the public network has addresses for some two hundred
			req.FloatingIP = "public"
		}
		if r.IntN(4) == 0 {
			req.Ingress = []spec.Rule{{Protocol: "tcp", Port: 22}}
		}
		plans[i].Spec = req
		if r.IntN(8) == 0 {
			plans[i].Cancel = time.Duration(r.Int64N(int64(8 * time.Second)))
		}
	}
	return plans
}
