package probe_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// told is a trace without what two runs never share: times, the local end, and which event something is about.
func told(t *testing.T, tr *trace.Trace) string {
	t.Helper()
	tr.Summary.Timing = trace.Timing{}
	for i := range tr.Summary.Certificates {
		tr.Summary.Certificates[i].SHA256 = "" // the signature in it is random
	}
	for i := range tr.Summary.Checks {
		tr.Summary.Checks[i].Where.Event = 0
	}
	if tr.Error != nil {
		tr.Error.Event = 0
		tr.Error.Message, _, _ = strings.Cut(tr.Error.Message, ": its first ") // bytes, which are noise, or line
	}
	b, err := json.MarshalIndent([]any{tr.Outcome, tr.Error, tr.Summary}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAnOutlineHasTheSummaryOfTheWholeTrace(t *testing.T) {
	for _, sc := range demo.Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			t.Parallel()
			srv, err := demo.Start(t.Context(), sc, demo.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer srv.Close()
			target, err := dial.ParseTarget(srv.Target())
			if err != nil {
				t.Fatal(err)
			}
			offer := handshake.DefaultOffer(iana.TLS10, iana.TLS13)
			offer.ServerName = target.SNI
			timeout := time.Minute
			if sc.Name == "silent" || sc.Name == "dribble" { // the others come to an end by themselves
				timeout = 2 * time.Second
			}
			o := probe.Options{
				Target: target, Offer: offer, Timeout: timeout, Rand: rand.Reader, Now: time.Now,
				Verify: func(*handshake.VerifyChain) ([]finding.Finding, bool) {
					return []finding.Finding{finding.Passed(finding.Hostname, "yes"), finding.Of(finding.Validity)}, false
				},
			}
			whole := probe.Run(t.Context(), o)
			o.Outline = true
			outline := probe.Run(t.Context(), o)
			if len(outline.Events) >= len(whole.Events) && len(whole.Events) > 3 {
				t.Errorf("%d events in outline, %d in full", len(outline.Events), len(whole.Events))
			}
			if got, want := told(t, outline), told(t, whole); got != want {
				t.Errorf("in outline\n%s\nin full\n%s", got, want)
			}
		})
	}
}

func TestTimeBeforeAProbeIsAdmittedDoesNotCount(t *testing.T) {
	srv, err := demo.Start(t.Context(), demo.Scenarios()[0], demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	target, err := dial.ParseTarget(srv.Target())
	if err != nil {
		t.Fatal(err)
	}
	// The clock is ours: waiting takes an hour of it.
	now, left := time.Now(), 0
	o := probe.Options{
		Target: target, Offer: handshake.DefaultOffer(iana.TLS12, iana.TLS13), Timeout: 20 * time.Second, Rand: rand.Reader,
		Now: func() time.Time { return now },
		Admit: func(_ context.Context, addrs []netip.Addr) (func(), error) {
			if len(addrs) == 0 || !addrs[0].IsLoopback() {
				t.Errorf("asked for %v", addrs)
			}
			now = now.Add(time.Hour)
			return func() { left++ }, nil
		},
	}
	tr := probe.Run(t.Context(), o)
	if tr.Error != nil || left != 1 {
		t.Fatalf("error %+v, left %d times", tr.Error, left)
	}
	for _, e := range tr.Events {
		if e.T != 0 {
			t.Errorf("%s after %v", e.Kind, e.T)
		}
	}
	o.Admit = func(context.Context, []netip.Addr) (func(), error) { return nil, context.Canceled }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if tr := probe.Run(ctx, o); tr.Outcome != trace.Interrupted {
		t.Errorf("outcome %s of one that was not admitted", tr.Outcome)
	}
}
