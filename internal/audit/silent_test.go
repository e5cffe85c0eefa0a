package audit_test

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
)

// A server that takes connections and never says anything is asked each question once, as soon as that is clear.
func TestASilentServerIsGivenUpSoon(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // the test is over
	for _, perHost := range []int{1, 4} {
		d := enumerate(t, l.Addr().String(), func(o *audit.Options) { o.Timeout, o.PerHost = 100*time.Millisecond, perHost })
		for _, p := range d.Protocols {
			if p.Support.Status != audit.Unknown || p.Support.Reason != "no answer in time" {
				t.Errorf("%d at once: %s is %s: %s", perHost, p.Version.Name, p.Support.Status, p.Support.Reason)
			}
		}
		if d.Cost.Connections > 10 || d.Complete() {
			t.Errorf("%d at once: %d connections, complete %v", perHost, d.Cost.Connections, d.Complete())
		}
		for _, q := range d.Questions {
			if q.Answer.Status == audit.Yes || q.Answer.Status == audit.No {
				t.Errorf("%d at once: %s is %s", perHost, q.ID, q.Answer.Status)
			}
		}
	}
}

// Something on the way may begin to drop what comes from here. The rest is unknown then, and nothing is asked for long.
func TestAServerThatFallsSilentIsGivenUp(t *testing.T) {
	addr := serve(t, &tls.Config{Certificates: []tls.Certificate{identities.ecdsa()}, MinVersion: tls.VersionTLS10})
	whole := enumerate(t, addr, nil)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close() //nolint:errcheck // the test is over
	const answered = 30
	var n atomic.Int64
	d := enumerate(t, addr, func(o *audit.Options) {
		o.Timeout = 500 * time.Millisecond
		o.Dialer.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			if n.Add(1) > answered {
				address = silent.Addr().String()
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
	})
	if d.Cost.Connections > answered+20 || d.Cost.BackedOff == 0 || d.Complete() {
		t.Errorf("%d connections, backed off %d times, complete %v", d.Cost.Connections, d.Cost.BackedOff, d.Complete())
	}
	for i, q := range d.Questions {
		if want := whole.Questions[i].Answer.Status; q.Answer.Status != want && q.Answer.Status != audit.Unknown && q.Answer.Status != audit.Skip {
			t.Errorf("%s is %s, not %s", q.ID, q.Answer.Status, want)
		}
	}
}
