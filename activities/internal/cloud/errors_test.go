package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// answer is an error as gophercloud returns it.
func answer(status int, body string) gophercloud.ErrUnexpectedResponseCode {
	return gophercloud.ErrUnexpectedResponseCode{
		URL: "http://cloud/secret-token", Method: "POST", Actual: status, Body: []byte(body),
		ResponseHeader: http.Header{"X-Openstack-Request-Id": {"req-1"}, "X-Subject-Token": {"secret-token"}},
	}
}

func nova(kind, message string) string {
	return fmt.Sprintf(`{%q: {"code": 0, "message": %q}}`, kind, message)
}

func neutron(kind, message string) string {
	return fmt.Sprintf(`{"NeutronError": {"type": %q, "message": %q, "detail": ""}}`, kind, message)
}

const page404 = "<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  " +
	"The resource could not be found.<br /><br />\n\n\n\n </body>\n</html>"

var refusedConnection = &url.Error{Op: "Post", URL: "http://cloud/",
	Err: &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}}

// TestClassify has one line for each line of the table and for each way around
// it. The bodies are those of OpenStack Zed.
func TestClassify(t *testing.T) {
	for _, c := range []struct {
		name    string
		service Service
		call    Call
		err     error
		want    Class
	}{
		{"nova is over its instance quota", Nova, Creating,
			answer(403, nova("forbidden",
				"Quota exceeded for instances: Requested 1, but already used 10 of 10 instances")), Quota},
		{"nova forbids", Nova, Creating,
			answer(403, nova("forbidden", "Policy doesn't allow os_compute_api:servers:create to be performed.")),
			Terminal},
		{"neutron is over quota", Neutron, Creating,
			answer(409, neutron("OverQuota", "Quota exceeded for resources: ['port'].")), Quota},
		{"a subnet is full", Neutron, Creating,
			answer(409, neutron("IpAddressGenerationFailure", "No more IP addresses available on network 1.")), Quota},
		{"an address is taken", Neutron, Creating,
			answer(409, neutron("IpAddressAlreadyAllocated", "IP address 10.0.0.9 already allocated in subnet 1")),
			Conflict},
		{"cinder is over its gigabyte quota", Cinder, Creating,
			answer(413, nova("overLimit",
				"VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota.")),
			Quota},
		{"cinder is over its volume quota", Cinder, Creating,
			answer(413, nova("overLimit",
				"VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded for quota 'volumes'.")), Quota},
		{"cinder limits the rate", Cinder, Creating, answer(413, nova("overLimit", "This request was rate-limited.")),
			Transient},
		{"anybody limits the rate", Neutron, Creating, answer(429, "slow down"), Transient},
		{"a token was revoked", Nova, Creating,
			answer(401, nova("unauthorized", "The request you have made requires authentication.")), Transient},
		{"keystone refuses a token that was just renewed", Keystone, Reading,
			answer(401, nova("error", "The request you have made requires authentication.")), Transient},
		{"a request is wrong", Nova, Creating, answer(400, nova("badRequest", "Invalid imageRef provided.")), Terminal},
		{"a volume is not ready to be deleted", Cinder, Deleting,
			answer(400, nova("badRequest", "Invalid volume: Volume status must be available")), Conflict},
		{"a volume is not ready to be attached", Nova, Changing,
			answer(400, nova("badRequest", "Invalid volume: volume 1 status must be 'available'.")), Conflict},
		{"a volume is what its server runs from", Nova, Deleting,
			answer(400, nova("badRequest", "Cannot detach a root device volume")), Terminal},
		{"a port has an accelerator", Nova, Deleting,
			answer(400, nova("badRequest", "Feature not supported with Ports that have accelerators.")), Terminal},
		{"a volume is not ready to be detached", Nova, Deleting,
			answer(400, nova("badRequest", "Invalid volume: Invalid input received")), Conflict},
		{"a group is in use", Neutron, Deleting,
			answer(409, neutron("SecurityGroupInUse", "Security Group 1 in use.")), Conflict},
		{"a server is locked", Nova, Deleting, answer(409, nova("conflictingRequest", "Instance 1 is locked")),
			Conflict},
		{"nova says gone", Nova, Reading, answer(404, nova("itemNotFound", "Instance 1 could not be found.")), Gone},
		{"cinder says gone", Cinder, Deleting, answer(404, nova("itemNotFound", "Volume 1 could not be found.")), Gone},
		{"neutron says gone", Neutron, Reading, answer(404, neutron("PortNotFound", "Port 1 could not be found.")),
			Gone},
		{"glance says gone", Glance, Reading,
			answer(404, "<html><body><h1>404 Not Found</h1>No image found with ID 1<br /></body></html>"), Gone},
		{"glance says that there is no such member", Glance, Deleting,
			answer(404, "<html><body><h1>404 Not Found</h1>a not found in the member list of the image 1.<br "+
				"/></body></html>"), Gone},
		{"glance says to a member's call that the image is gone", Glance, Changing,
			answer(404, "<html><body><h1>404 Not Found</h1>Image 1-2 not found.<br /></body></html>"), Gone},
		{"glance has no room for an image", Glance, Changing,
			answer(413, "<html><body><h1>413</h1>Image storage media is full: There is not enough disk space on the "+
				"image storage media.</body></html>"), Quota},
		{"a proxy says 404", Nova, Deleting, answer(404, page404), Transient},
		{"a proxy says 404 to a create", Nova, Creating, answer(404, page404), Ambiguous},
		{"neutron does not know the path", Neutron, Reading,
			answer(404, neutron("HTTPNotFound", "The resource could not be found.")), Transient},
		{"the volume at which a list was to go on is gone", Cinder, Listing,
			answer(404, nova("itemNotFound", "Volume 1 could not be found.")), Transient},
		{"the server at which a list was to go on is gone", Nova, Listing,
			answer(400, nova("badRequest", "marker [1] not found")), Transient},
		{"a create fails inside", Nova, Creating, answer(500, nova("computeFault", "Unexpected API Error.")),
			Ambiguous},
		{"a proxy gives up on a create", Cinder, Creating, answer(504, "Gateway Time-out"), Ambiguous},
		{"a proxy has no backend", Neutron, Changing, answer(503, "no server is available"), Ambiguous},
		{"a read fails inside", Nova, Reading, answer(500, nova("computeFault", "Unexpected API Error.")), Transient},
		{"a delete fails inside", Neutron, Deleting, answer(500, ""), Transient},
		{"no connection for a create", Nova, Creating, refusedConnection, Transient},
		{"a connection is cut in a create", Nova, Creating, &url.Error{Err: syscall.ECONNRESET}, Ambiguous},
		{"a connection is cut in a read", Nova, Reading, &url.Error{Err: syscall.ECONNRESET}, Transient},
		{"no answer in time to a create", Cinder, Creating, &url.Error{Err: context.DeadlineExceeded}, Ambiguous},
		{"an answer that is no JSON to a create", Nova, Creating, json.Unmarshal([]byte("<"), new(int)), Ambiguous},
		{"an answer that is no JSON to a read", Nova, Reading, json.Unmarshal([]byte("<"), new(int)), Transient},
		{"gophercloud refuses the input", Nova, Creating, gophercloud.ErrMissingInput{Argument: "Name"}, Terminal},
		{"a service is not in the catalog", Cinder, Reading, &gophercloud.ErrEndpointNotFound{}, Terminal},
		{"the token is renewed but the call fails", Neutron, Creating,
			&gophercloud.ErrErrorAfterReauthentication{ErrOriginal: answer(409,
				neutron("OverQuota", "Quota exceeded"))}, Quota},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, Classify(Op{Service: c.service, Call: c.call}, c.err))
		})
	}
}

// TestUnknownErrorsAreNeverFinal: an error that nobody has seen before must not
// end a run, nor let a create be repeated without a look.
func TestUnknownErrorsAreNeverFinal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		op := Op{
			Service: rapid.SampledFrom([]Service{Nova, Neutron, Cinder, Glance, Keystone}).Draw(t, "service"),
			Call:    rapid.SampledFrom([]Call{Reading, Listing, Creating, Changing, Deleting}).Draw(t, "call"),
		}
		unknown := rapid.OneOf(
			rapid.Map(rapid.String(), errors.New),
			rapid.Map(rapid.IntRange(505, 599), func(status int) error { return answer(status, "") }),
			rapid.Map(rapid.SampledFrom([]int{300, 302, 418, 425, 451}),
				func(status int) error { return answer(status, "{") }),
		).Draw(t, "error")
		want := Transient
		if op.Call == Creating || op.Call == Changing {
			want = Ambiguous
		}
		require.Equal(t, want, Classify(op, unknown))
	})
}

// TestErrorsSpeakForTheCloudAndKeepSecrets: a message has the resource, the
// cloud's words, status and request id, and nothing of the request.
func TestErrorsSpeakForTheCloudAndKeepSecrets(t *testing.T) {
	create := Neutron.Op(Creating, `create port "web-1-port0" on network private`)
	for _, c := range []struct {
		err  error
		want string
	}{
		{answer(409, neutron("OverQuota", "Quota exceeded for resources: ['port'].")),
			`create port "web-1-port0" on network private: neutron: Quota exceeded for resources: ['port']. (HTTP 409, req-1)`},
		{answer(503, ""),
			`create port "web-1-port0" on network private: neutron: Service Unavailable (HTTP 503, req-1)`},
		{answer(404, page404),
			`create port "web-1-port0" on network private: neutron: The resource could not be found. (HTTP 404, req-1)`},
		{refusedConnection,
			`create port "web-1-port0" on network private: neutron: cannot be reached: dial tcp: connection refused`},
	} {
		message := create.Wrap(context.Background(), c.err).Error()
		require.Equal(t, c.want, message)
		require.NotContains(t, message, "secret")
	}
}

// A cloud whose clock is an hour ahead asked for 2 seconds: by our clock that
// would be an hour, and no pause at all if its clock were behind.
func TestRetryAfterAsADateIsByTheCloudsClock(t *testing.T) {
	for _, skew := range []time.Duration{-3 * time.Hour, -10 * time.Minute, 0, 10 * time.Minute, 3 * time.Hour} {
		now := time.Now().Add(skew)
		date := func(at time.Time) []string { return []string{at.UTC().Format(http.TimeFormat)} }
		require.Equal(t, 2*time.Second, retryAfter(http.Header{"Date": date(now),
			"Retry-After": date(now.Add(2 * time.Second))}), skew)
	}
}

func TestRetryAfterIsHandedOn(t *testing.T) {
	for value, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, "soon": 0, "-3": 0,
		"999999999": time.Hour} {
		require.Equal(t, want, retryAfter(http.Header{"Retry-After": {value}}), value)
	}
	require.Equal(t, time.Hour, retryAfter(http.Header{"Retry-After": {"Fri, 31 Dec 2100 23:59:59 GMT"}}))
	slow := answer(429, "")
	slow.ResponseHeader.Set("Retry-After", "7")
	var e *Error
	require.ErrorAs(t, Op{Service: Nova}.Wrap(context.Background(), slow), &e)
	require.Equal(t, 7*time.Second, e.After)
}
