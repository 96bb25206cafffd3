package api

import (
	"net/http"
	"strconv"
	"strings"
)

// Microversion returns the version that OpenStack-API-Version asks for of the service, or
// "".
func Microversion(h http.Header, service string) string {
	for _, line := range h.Values("OpenStack-API-Version") {
		for part := range strings.SplitSeq(line, ",") {
			if name, v, _ := strings.Cut(strings.TrimSpace(part), " "); strings.EqualFold(name, service) {
				return strings.TrimSpace(v)
			}
		}
	}
	return ""
}

// ReadVersion reads a microversion, given as "major.minor" or "latest". None means the
// lowest. echo repeats it in the answer's headers.
func (q *Request) ReadVersion(text, service string, major, min, max int, echo func(string)) error {
	if text == "" {
		text = strconv.Itoa(major) + "." + strconv.Itoa(min)
	}
	if text == "latest" {
		text = strconv.Itoa(major) + "." + strconv.Itoa(max)
	}
	head, tail, _ := strings.Cut(text, ".")
	a, err1 := strconv.Atoi(head)
	b, err2 := strconv.Atoi(tail)
	if err1 != nil || err2 != nil {
		return Fail(http.StatusBadRequest, "API Version String %s is of invalid format. Must be of format "+
			"MajorNum.MinorNum.", text)
	}
	q.AnswerHeader.Set("OpenStack-API-Version", service+" "+text)
	echo(text)
	if a != major || b < min || b > max {
		return Fail(http.StatusNotAcceptable,
			"Version %s is not supported by the API. Minimum is %d.%d and maximum is %d.%d.", text, major, min, major,
			max)
	}
	q.Minor = b
	return nil
}
