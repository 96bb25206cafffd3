package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// before does what the fault does ahead of the call. It reports whether that has answered
// the call.
func (x *exchange) before(r *http.Request) bool {
	f := x.fault
	if f == nil || f.onObjects() {
		return false
	}
	switch f.verb {
	case "delay":
		seconds, _ := strconv.ParseFloat(f.arg, 64)
		x.wait(r, time.Duration(seconds*float64(time.Second)))
		return false
	case "expire":
		x.front.tokens.ExpireTokens()
		return false
	case "hang":
		x.hang(r)
	case "cut":
		panic(http.ErrAbortHandler)
	case "after", "drop":
		return false
	case "own":
		status, _ := strconv.Atoi(f.arg)
		kind, text := (&apiError{status, "Injected", f.words()}).body(x.s.name)
		x.answer(status, kind, text)
		return true
	}
	status, _ := strconv.Atoi(f.verb)
	x.inject(status)
	return true
}

// after loses the answer in the way the fault says.
func (x *exchange) after(r *http.Request) {
	switch f := x.fault; {
	case f == nil:
	case f.verb == "drop":
		panic(http.ErrAbortHandler)
	case f.verb == "after" && f.arg == "hang":
		x.hang(r)
	case f.verb == "after":
		status, _ := strconv.Atoi(f.arg)
		x.header = http.Header{}
		x.body.Reset()
		x.inject(status)
	}
}

// inject answers as a proxy in front of the service would.
func (x *exchange) inject(status int) {
	if x.fault.verb != "after" && x.fault.arg != "" {
		x.header.Set("Retry-After", x.later(x.fault.arg))
	}
	kind, text := EncodeJSON(obj{"error": obj{"code": status, "message": x.fault.words()}})
	x.answer(status, kind, text)
}

// later returns the value of Retry-After: seconds, or after an @ the date at that time.
func (x *exchange) later(arg string) string {
	seconds, date := strings.CutPrefix(arg, "@")
	n, err := strconv.Atoi(seconds)
	if !date || err != nil {
		return arg
	}
	return x.front.Clock().Add(time.Duration(n) * time.Second).Format(http.TimeFormat)
}

// wait pauses for d. It ends early when the client or the cloud ends.
func (x *exchange) wait(r *http.Request, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	case <-x.front.stop:
	}
}

// hang keeps the call without an answer until the client or the cloud ends.
func (x *exchange) hang(r *http.Request) {
	x.wait(r, time.Hour)
	panic(http.ErrAbortHandler)
}
