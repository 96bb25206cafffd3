package devcloud_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

// A program that compares the cloud's times with its own clock must fail on a cloud whose
// clock is wrong. All times that the cloud reports are off by the same amount, and
// nothing is ready sooner or later.
func TestClockSkew(t *testing.T) {
	for _, skew := range []time.Duration{3 * time.Hour, -40 * time.Minute} {
		t.Run(skew.String(), func(t *testing.T) {
			c := start(t, devcloud.Options{ClockSkew: skew, TokenLife: time.Hour})
			k := connect(t, c, "devcloud")
			off := func(at time.Time) { t.Helper(); require.WithinDuration(t, time.Now().Add(skew), at, time.Minute) }
			s := k.server(k.create(k.opts("web")).ID)
			require.Equal(t, "ACTIVE", s.Status, "the build takes as long as ever")
			off(s.Created)
			off(s.Updated)
			off(k.newVolume("data").CreatedAt)
			off(k.port("p").CreatedAt)

			token := tokens.Get(k.ctx, k.identity, k.identity.TokenID)
			valid, err := token.ExtractToken()
			require.NoError(t, err)
			off(valid.ExpiresAt.Add(-time.Hour))
			date, err := http.ParseTime(token.Header.Get("Date"))
			require.NoError(t, err)
			off(date)
		})
	}
}

// A rate limiter may name the date from which it answers again.
func TestRetryAfterAsADate(t *testing.T) {
	c := start(t, devcloud.Options{ClockSkew: time.Hour})
	f, err := devcloud.ParseFault("nova GET /servers 429:@5 1")
	require.NoError(t, err)
	c.AddFault(f)
	k := connect(t, c, "devcloud")
	answer, err := http.Get(k.url + "/compute/v2.1/servers")
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusTooManyRequests, answer.StatusCode)
	at, err := http.ParseTime(answer.Header.Get("Retry-After"))
	require.NoError(t, err)
	date, err := http.ParseTime(answer.Header.Get("Date"))
	require.NoError(t, err)
	require.InDelta(t, 5, at.Sub(date).Seconds(), 1)
}
