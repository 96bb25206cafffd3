package cloud

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2"
)

// Class says what a failed call to the cloud means for the caller. It is
// the type of the application errors that leave activities.
type Class string

// The classes of errors.
const (
	Terminal  Class = "Terminal"  // it will fail again: wrong input, refused, not configured
	Transient Class = "Transient" // nothing happened; it may work later
	Ambiguous Class = "Ambiguous" // the answer was lost: it may have happened
	Gone      Class = "Gone"      // the service says in its own words that the resource is absent
	Conflict  Class = "Conflict"  // the resource, or one it needs, is in another state or use
	Quota     Class = "Quota"     // the project, or the cloud, has no capacity for it
)

// Types of application errors that are results rather than failed calls. All
// are terminal.
const (
	InvalidRequest = "InvalidRequest" // the request can not work; each problem is on its own line
	ServerError    = "ServerError"    // the server reached ERROR; the message has nova's fault
	VolumeError    = "VolumeError"    // the volume reached an error state; the message has cinder's words
	NotReady       = "NotReady"       // the server is ACTIVE but does not answer on the network
	ImageError     = "ImageError"     // the image does not hold what it should; a new one may
)

// Service is an OpenStack project that serves an API.
type Service string

// The services that activities call.
const (
	Keystone Service = "keystone"
	Glance   Service = "glance"
	Nova     Service = "nova"
	Neutron  Service = "neutron"
	Cinder   Service = "cinder"
)

// Call is what a request does to a resource.
type Call string

// The kinds of calls.
const (
	Reading  Call = "read"   // looks at one resource
	Listing  Call = "list"   // looks at many; its 404 is not about any one of them
	Creating Call = "create" // creates a resource
	Changing Call = "change" // attaches or associates resources
	Deleting Call = "delete" // deletes or detaches
)

// Op is one call to the cloud.
type Op struct {
	Service Service
	Call    Call
	What    string // in words, with the resource: create port "web-0" on network 4f...
}

// Op describes a call to the service.
func (s Service) Op(call Call, what string) Op { return Op{Service: s, Call: call, What: what} }

// Error is a failed call.
type Error struct {
	Class   Class
	Type    string        // of the application error, if it is not the class
	Message string        // what failed on which resource, in the cloud's words
	After   time.Duration // the cloud asked to wait this long; 0: it did not
	Status  int           // of the answer; 0: there was none
	Refused bool          // the credentials were
}

func (e *Error) Error() string { return e.Message }

// ClassOf returns the class of an error of this package, or "".
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return ""
}

// rule is one line of the error table. Zero fields match everything.
type rule struct {
	service Service
	calls   []Call
	status  []int
	says    []string // any of these in the cloud's words, in any case
	class   Class
}

// effects are the calls that must not be repeated blindly.
var effects = []Call{Creating, Changing}

// errorTable classifies answers that have a status. The first line that
// matches counts. Nothing in it depends on more than service, call, status and
// the cloud's words.
var errorTable = []rule{
	// Rate limits come before any work.
	{status: []int{429}, class: Transient},
	{service: Glance, status: []int{413}, class: Quota}, // too large, too many, or no capacity in its store
	{service: Cinder, status: []int{413}, says: []string{"quota", "limitexceeded", "maximum number", "exceeds"},
		class: Quota},
	{status: []int{413}, calls: effects, says: []string{"quota"}, class: Quota},
	{status: []int{413}, class: Transient}, // OverLimit, the older 429

	// Capacity.
	{service: Nova, status: []int{403}, says: []string{"quota", "maximum number"}, class: Quota},
	{service: Neutron, status: []int{409}, says: []string{"overquota", "quota exceeded", "no more ip addresses",
		"ipaddressgenerationfailure", "externalipaddressexhausted"}, class: Quota},
	{service: Neutron, status: []int{400}, says: []string{"externalipaddressexhausted"}, class: Quota},
	{service: Cinder, status: []int{400, 403}, says: []string{"quota"}, class: Quota},

	// Access. A token that expired was renewed before we see a 401, and may have expired
	// again. Credentials that are refused at login are for authError.
	{status: []int{401}, class: Transient},
	{status: []int{403}, class: Terminal},

	// State. Nova and cinder refuse to delete or detach what is under way with a
	// 400 as often as with a 409; but nova never detaches what a server runs from, nor a
	// port with an accelerator.
	{service: Nova, calls: []Call{Deleting}, status: []int{400},
		says: []string{"cannot detach", "not supported with ports"}, class: Terminal},
	{service: Cinder, calls: []Call{Deleting}, status: []int{400}, class: Conflict},
	{service: Nova, calls: []Call{Deleting}, status: []int{400}, class: Conflict},
	{service: Nova, calls: []Call{Changing}, status: []int{400}, says: []string{"invalid volume"}, class: Conflict},
	// Nova blames the request when cinder does not answer it.
	{service: Nova, calls: []Call{Creating}, status: []int{400},
		says: []string{"failed to get volume", "failed to get snapshot"}, class: Conflict},
	{status: []int{409, 412, 423}, class: Conflict},
	// The echo of an earlier request whose answer was lost, where the list lags.
	{service: Neutron, calls: []Call{Changing}, status: []int{400}, says: []string{"already has a port on subnet"},
		class: Conflict},

	// The resource at which a page of a list was to go on has been deleted meanwhile.
	{calls: []Call{Listing}, status: []int{400}, says: []string{"marker"}, class: Transient},

	// Wrong requests.
	{status: []int{400, 405, 406, 411, 414, 415, 422, 501}, class: Terminal},

	// Failures inside the cloud or before it.
	{calls: effects, status: []int{408, 500, 502, 503, 504}, class: Ambiguous},
	{status: []int{408, 500, 502, 503, 504}, class: Transient},
}

// Classify puts an error of gophercloud into its class. What it does not know
// is Ambiguous for a call with an effect, else Transient: a read or a delete
// may simply be repeated.
func Classify(op Op, err error) Class {
	var answer gophercloud.ErrUnexpectedResponseCode
	if errors.As(err, &answer) {
		return classifyAnswer(op, answer)
	}
	switch {
	case isConfiguration(err):
		return Terminal
	case neverSent(err), !slices.Contains(effects, op.Call):
		return Transient
	}
	return Ambiguous
}

// classifyAnswer classifies by status and words.
func classifyAnswer(op Op, answer gophercloud.ErrUnexpectedResponseCode) Class {
	words := parseAnswer(answer.Body)
	if answer.Actual == http.StatusNotFound && op.Call != Listing && words.absence(op.Service) {
		return Gone
	}
	for _, r := range errorTable {
		if r.matches(op, answer.Actual, words) {
			return r.class
		}
	}
	if slices.Contains(effects, op.Call) {
		return Ambiguous
	}
	return Transient
}

func (r rule) matches(op Op, status int, words answerWords) bool {
	if r.service != "" && r.service != op.Service || !slices.Contains(r.status, status) {
		return false
	}
	if r.calls != nil && !slices.Contains(r.calls, op.Call) {
		return false
	}
	if r.says == nil {
		return true
	}
	said := strings.ToLower(words.kind + " " + words.message)
	return slices.ContainsFunc(r.says, func(s string) bool { return strings.Contains(said, s) })
}

// isConfiguration reports errors that gophercloud finds before it calls.
func isConfiguration(err error) bool {
	return isA[gophercloud.ErrMissingInput](err) || isA[gophercloud.ErrInvalidInput](err) ||
		isA[*gophercloud.ErrEndpointNotFound](err) || isA[*gophercloud.ErrServiceNotFound](err) ||
		isA[gophercloud.ErrEndpointNotFound](err) || isA[gophercloud.ErrServiceNotFound](err)
}

func isA[E error](err error) bool { var e E; return errors.As(err, &e) }

// neverSent reports whether a request failed before anything left the machine.
func neverSent(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns)
}

// Wrap turns an error of gophercloud into ours, and leaves nil, ours and those
// of a context that ended as they are.
func (op Op) Wrap(ctx context.Context, err error) error {
	if err == nil || isA[*Error](err) {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	out := &Error{Class: Classify(op, err), Message: fmt.Sprintf("%s: %s: %s", op.What, op.Service,
		describeError(ctx, err))}
	if answer, ok := errors.AsType[gophercloud.ErrUnexpectedResponseCode](err); ok {
		out.After, out.Status = retryAfter(answer.ResponseHeader), answer.Actual
	}
	out.Refused = isA[*gophercloud.ErrUnableToReauthenticate](err)
	return out
}

// describeError says in the cloud's words what went wrong. It never quotes requests,
// headers or whole answers: they may hold secrets.
func describeError(ctx context.Context, err error) string {
	var answer gophercloud.ErrUnexpectedResponseCode
	if errors.As(err, &answer) {
		return describeAnswer(answer)
	}
	if reauth, ok := errors.AsType[*gophercloud.ErrUnableToReauthenticate](err); ok {
		return "the token expired and could not be renewed: " + describeError(ctx, reauth.ErrReauth)
	}
	var call *url.Error
	if errors.As(err, &call) { // leaves out the URL, which may hold a user's name
		err = call.Err
	}
	if neverSent(err) {
		return "cannot be reached: " + Shorten(err.Error())
	}
	text := "no usable answer: " + Shorten(err.Error())
	if id := RequestID(ctx); id != "" {
		text += fmt.Sprintf(" (%s)", id)
	}
	return text
}

func describeAnswer(answer gophercloud.ErrUnexpectedResponseCode) string {
	message := parseAnswer(answer.Body).message
	if message == "" {
		message = http.StatusText(answer.Actual)
	}
	origin := fmt.Sprintf("HTTP %d", answer.Actual)
	if id := answerID(answer.ResponseHeader); id != "" {
		origin += ", " + id
	}
	return fmt.Sprintf("%s (%s)", Shorten(message), origin)
}

// retryAfter reads the header of that name, in seconds or as a date. The date is by the
// clock of the server that answered, which the header Date shows: ours may be hours
// off.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return min(time.Duration(seconds)*time.Second, time.Hour)
	}
	if at, err := http.ParseTime(value); err == nil {
		now, err := http.ParseTime(h.Get("Date"))
		if err != nil {
			now = time.Now()
		}
		return min(max(at.Sub(now), 0), time.Hour)
	}
	return 0
}

// Invalid returns an error of type InvalidRequest, for a request that cannot work.
func Invalid(format string, args ...any) error {
	return &Error{Class: Terminal, Type: InvalidRequest, Message: fmt.Sprintf(format, args...)}
}

// StatusOf returns the HTTP status that an error stands for, or 0.
func StatusOf(err error) int {
	if ours, ok := errors.AsType[*Error](err); ok {
		return ours.Status
	}
	return 0
}

// DescribeForbidden says that only administrators may ask for such resources, if the
// cloud has refused this user for that reason. Otherwise it returns "".
func DescribeForbidden(c *Client, resources string, err error) string {
	if StatusOf(err) != http.StatusForbidden {
		return ""
	}
	return fmt.Sprintf("%s are for administrators, and the user of cloud %q is none: give the name of an "+
		"administrator's entry in clouds.yaml (--cloud): %s", resources, c.Name, err)
}

// ExplainForbidden returns err, in the words of DescribeForbidden where they fit.
func ExplainForbidden(c *Client, resources string, err error) error {
	if reason := DescribeForbidden(c, resources, err); reason != "" {
		return Invalid("%s", reason)
	}
	return err
}

// IgnoreGone takes absence for success.
func IgnoreGone(err error) error {
	if ClassOf(err) == Gone {
		return nil
	}
	return err
}

// FirstError returns the first error that is not nil.
func FirstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
