package precheck

import (
	"fmt"
	"slices"
	"strings"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
)

// Problems collects what is wrong with a request, so that a person learns of every
// problem at once. A check embeds it.
type Problems struct{ found []string }

// Add records a problem.
func (p *Problems) Add(format string, args ...any) {
	p.found = append(p.found, fmt.Sprintf(format, args...))
}

// List returns the problems in the order in which they were recorded.
func (p *Problems) List() []string { return p.found }

// Err returns all problems below a headline, as one error of type InvalidRequest. It
// returns nil if there are none.
func (p *Problems) Err(headline string, args ...any) error {
	if len(p.found) == 0 {
		return nil
	}
	return cloud.Invalid(headline+":\n- %s", append(args, strings.Join(p.found, "\n- "))...)
}

// Lines returns all problems without a headline, as one error of type InvalidRequest. It
// returns nil if there are none.
func (p *Problems) Lines() error {
	if len(p.found) == 0 {
		return nil
	}
	return cloud.Invalid("%s", strings.Join(p.found, "\n"))
}

// CheckQuota records each line of the quotas that has less left than needs asks for,
// unless it is recorded already.
func (p *Problems) CheckQuota(quotas []QuotaLine, needs map[string]int) {
	for _, q := range quotas {
		need := needs[q.Resource]
		text := fmt.Sprintf("%s quota exceeded for %s: %d more needed, %d of %d used: free some, or ask for a "+
			"larger quota",
			q.Service, q.Resource, need, q.Used, q.Limit)
		if need > 0 && q.Limit >= 0 && q.Used+need > q.Limit && !slices.Contains(p.found, text) {
			p.found = append(p.found, text)
		}
	}
}

// KeepOwn returns a resource that was chosen, or nil with a problem recorded if it
// belongs to another project.
func KeepOwn[T resource.Resource](p *Problems, c *cloud.Client, chosen *T) *T {
	if chosen == nil {
		return nil
	}
	if why := resource.DescribeForeign(c, (*chosen).Object()); why != "" {
		p.Add("%s", why)
		return nil
	}
	return chosen
}
