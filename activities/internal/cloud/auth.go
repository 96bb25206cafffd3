package cloud

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gophercloud/gophercloud/v2"
)

// authError says why no token was got, and what to look at.
func authError(ctx context.Context, cloud, path, address string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	where := fmt.Sprintf("cloud %q (%s, from %s)", cloud, withoutUser(address), path)
	var answer gophercloud.ErrUnexpectedResponseCode
	var certificate *tls.CertificateVerificationError
	switch {
	case gophercloud.ResponseCodeIs(err, http.StatusUnauthorized):
		errors.As(err, &answer)
		return &Error{Class: Terminal, Refused: true,
			Message: fmt.Sprintf("keystone refused the credentials of %s: %s", where, describeAnswer(answer))}
	case gophercloud.ResponseCodeIs(err, http.StatusNotFound):
		return configProblem("no keystone answers at auth_url of %s: HTTP 404", where)
	case errors.As(err, &certificate):
		return configProblem("the certificate of %s is not trusted: %s: set cacert", where, certificate.Err)
	case errors.As(err, &answer):
		class := Classify(Op{Service: Keystone, Call: Reading}, err)
		return &Error{Class: class, Message: fmt.Sprintf("log in to %s: keystone: %s", where, describeAnswer(answer)),
			After: retryAfter(answer.ResponseHeader)}
	case isConfiguration(err) || !isA[*url.Error](err):
		return configProblem("log in to %s: %s", where, Shorten(err.Error()))
	}
	return &Error{Class: Transient, Message: fmt.Sprintf("%s: %s", where, describeError(ctx, err))}
}

// withoutUser returns an address without the credentials that may be in it.
func withoutUser(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "auth_url"
	}
	u.User = nil
	return u.String()
}
