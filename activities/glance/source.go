package glance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"novaflow/activities/internal/cloud"
)

// ImageSource is where the data of an image come from: one of the two.
type ImageSource struct {
	File string `json:"file,omitempty"` // path below the worker's folder for images
	URL  string `json:"url,omitempty"`  // http or https; it is kept in the run's history
}

func (s ImageSource) String() string {
	if s.File != "" {
		return fmt.Sprintf("file %q", s.File)
	}
	return fmt.Sprintf("URL %q", s.URL)
}

// sources opens what the data of images may be read from.
type sources cloud.ImageSources

func (s sources) stall() time.Duration {
	if s.Stall > 0 {
		return s.Stall
	}
	return 5 * time.Minute
}

// data are those of an image, with their length.
type data struct {
	io.ReadCloser
	size      int64
	unchanged func() error // whether they stayed as they were while they were read
}

// open begins to read a source. What cannot work is an error of type InvalidRequest.
// Other errors may pass.
func (s sources) open(ctx context.Context, from ImageSource) (*data, error) {
	d, err := s.openFile(from.File)
	if from.File == "" {
		d, err = s.openURL(ctx, from.URL)
	}
	if err == nil && d.size <= 0 {
		_ = d.Close()
		return nil, cloud.Invalid("%s is empty", from)
	}
	return d, err
}

// openFile reads below the folder: os.Root lets neither ".." nor a link lead out
// of it.
func (s sources) openFile(name string) (*data, error) {
	if name == "" {
		return nil, nil
	}
	if s.Dir == "" {
		return nil, cloud.Invalid("this worker reads no files: start it with --image-dir, or give a URL")
	}
	root, err := os.OpenRoot(s.Dir)
	if err != nil {
		return nil, cloud.Invalid("the worker's folder for images cannot be read: %s", innerError(err))
	}
	defer root.Close()
	before, err := root.Stat(filepath.FromSlash(name))
	switch {
	case err != nil:
		return nil, cloud.Invalid("file %q in the worker's folder for images cannot be read: %s", name, innerError(err))
	case !before.Mode().IsRegular(): // reading others may never end
		return nil, cloud.Invalid("%q in the worker's folder for images is no file", name)
	}
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, cloud.Invalid("file %q in the worker's folder for images cannot be read: %s", name, innerError(err))
	}
	return &data{f, before.Size(), func() error {
		after, err := f.Stat()
		if err == nil && (after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime())) {
			err = fmt.Errorf("file %q was changed while it was read", name)
		}
		return err
	}}, nil
}

// innerError returns an error without the path, which concerns the worker alone.
func innerError(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// openURL asks for the data. An answer that does not say how long it is is refused:
// an upload that is cut could not be told from one that is whole.
func (s sources) openURL(ctx context.Context, address string) (*data, error) {
	if problem := URLProblem(address); problem != "" {
		return nil, cloud.Invalid("the URL of the image: %s", problem)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, cloud.Invalid("URL %q: %s", address, err)
	}
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", "novaflow")
	answer, err := s.httpClient().Do(req)
	if err != nil {
		var call *url.Error
		if errors.As(err, &call) {
			err = call.Err
		}
		return nil, cloud.FirstError(ctx.Err(), asOurs(err, "URL %q: %s", address, err))
	}
	if problem := s.refuse(answer); problem != nil {
		_ = answer.Body.Close()
		return nil, asOurs(problem, "URL %q: %s", address, problem)
	}
	return &data{answer.Body, answer.ContentLength, func() error { return nil }}, nil
}

// asOurs returns an error that may pass, unless it is one of ours already.
func asOurs(err error, format string, args ...any) error {
	if ours, ok := errors.AsType[*cloud.Error](err); ok {
		return &cloud.Error{Class: ours.Class, Type: ours.Type, Message: fmt.Sprintf(format, args...)}
	}
	return &cloud.Error{Class: cloud.Transient, Message: fmt.Sprintf(format, args...)}
}

func (s sources) refuse(answer *http.Response) error {
	switch status := answer.StatusCode; {
	case status == http.StatusTooManyRequests || status >= 500:
		return &cloud.Error{Class: cloud.Transient, Message: "its server answers " + answer.Status}
	case status != http.StatusOK:
		return cloud.Invalid("its server answers %s", answer.Status)
	case answer.ContentLength < 0:
		return cloud.Invalid("its server does not say how long it is (no Content-Length)")
	}
	return nil
}

// mostRedirects is how often a source may point elsewhere.
const mostRedirects = 5

// httpClient returns a client that refuses addresses at which a worker is trusted. It
// uses no proxy, as a proxy would go there for it.
func (s sources) httpClient() *http.Client {
	guarded := &net.Dialer{Timeout: cloud.DialTimeout,
		Control: func(_, address string, _ syscall.RawConn) error { return refuseTrusted(address) }}
	free := &net.Dialer{Timeout: cloud.DialTimeout}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, _, _ := net.SplitHostPort(address)
			if slices.Contains(s.Hosts, address) || slices.Contains(s.Hosts, host) {
				return free.DialContext(ctx, network, address)
			}
			return guarded.DialContext(ctx, network, address)
		},
		TLSHandshakeTimeout: 2 * cloud.DialTimeout, ResponseHeaderTimeout: cloud.RequestTimeout,
		DisableKeepAlives: true, DisableCompression: true,
	}
	return &http.Client{Transport: transport, CheckRedirect: func(next *http.Request, before []*http.Request) error {
		problem := URLProblem(next.URL.String())
		switch {
		case problem != "":
		case len(before) > mostRedirects:
			problem = "too many redirects"
		case next.URL.Scheme == "http" && before[len(before)-1].URL.Scheme == "https":
			problem = "it leads from https to http"
		default:
			return nil
		}
		return cloud.Invalid("redirected: %s", problem)
	}}
}

// cloudMetadata is where clouds tell machines secrets, in IPv6; in IPv4 it is a
// link-local address.
var cloudMetadata = netip.MustParseAddr("fd00:ec2::254")

// refuseTrusted refuses addresses at which a worker is trusted for where it is.
func refuseTrusted(address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := to.Addr().Unmap().WithZone("")
	if ip.IsLoopback() || ip.IsUnspecified() || ip.IsMulticast() || ip.IsLinkLocalUnicast() || ip == cloudMetadata {
		return cloud.Invalid("%s is an address of the worker itself, or one next to it: its --image-host allows "+
			"such hosts", ip)
	}
	return nil
}

// secretKeys are parts of names by which parameters of addresses show that they
// are secrets.
var secretKeys = []string{"signature", "token", "secret", "passw", "credential", "apikey", "api_key", "access_key",
	"accesskey"}

// URLProblem says why images cannot be read from an address, or "". It looks at
// the text alone.
func URLProblem(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "it is no address"
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return "it must begin with http:// or https:// and a host"
	case u.User != nil:
		return "it has a user's name or password in it, which would be kept in the run's history"
	case u.Fragment != "":
		return "leave out what follows the #"
	}
	for _, key := range slices.Sorted(maps.Keys(u.Query())) {
		key = strings.ToLower(key)
		if key == "sig" || key == "auth" || slices.ContainsFunc(secretKeys,
			func(part string) bool { return strings.Contains(key, part) }) {
			return fmt.Sprintf("its parameter %q may be a secret, which would be kept in the run's history", key)
		}
	}
	return ""
}
