package precheck

import (
	"errors"
	"fmt"
	"net/http"

	"novaflow/activities/internal/cloud"
)

// QuotaLine is one line of a project's quota.
type QuotaLine struct {
	Service  cloud.Service
	Resource string // what is counted, in OpenStack's word
	Limit    int    // -1: without limit
	Used     int
}

// NewQuotaLine describes a line of a service's quota.
func NewQuotaLine(service cloud.Service, resource string, limit, used int) QuotaLine {
	return QuotaLine{Service: service, Resource: resource, Limit: limit, Used: used}
}

// IgnoreRefusal treats a refusal as no answer: some clouds hide quotas, and
// some neutrons do not know the path.
func IgnoreRefusal(err error) error {
	var e *cloud.Error
	if errors.As(err, &e) && (e.Class != cloud.Transient || e.Status == http.StatusNotFound) {
		return nil
	}
	return err
}

// QuotaOp names the look-up of a quota.
func QuotaOp(s cloud.Service) cloud.Op {
	return s.Op(cloud.Reading, fmt.Sprintf("read the quota of %s", s))
}
