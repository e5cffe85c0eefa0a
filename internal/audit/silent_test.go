package audit_test

import (
	"net"
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
