package probe_test

import (
	"crypto/rand"
	"encoding/json"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// tape is a connection that remembers what was said, and the secrets that it was said under.
type tape struct {
	net.Conn
	said    []said
	secrets map[string][]byte
}

type said struct {
	dir   trace.Dir
	bytes []byte
}

func (t *tape) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	t.said = append(t.said, said{trace.Received, slices.Clone(b[:n])})
	return n, err
}

func (t *tape) Write(b []byte) (int, error) {
	t.said = append(t.said, said{trace.Sent, slices.Clone(b)})
	return t.Conn.Write(b)
}

func (t *tape) keyLog(random []byte, s keys.Secret) {
	t.secrets[string(random)+s.KeyLogLabel] = slices.Clone(s.Bytes)
}

// Secret implements handshake.Secrets.
func (t *tape) Secret(random []byte, label string) []byte { return t.secrets[string(random)+label] }

// follow plays the tape to a bystander, and returns what a list tells of it.
func (t *tape) follow(outline bool) string {
	var r trace.Recorder
	f := conn.Follow(conn.FollowConfig{
		Secrets: t, Observers: []trace.Observer{&r}, Outline: outline,
		Verify: func(*handshake.VerifyChain) ([]finding.Finding, bool) {
			return []finding.Finding{finding.Passed(finding.Hostname, "yes"), finding.Of(finding.Validity)}, false
		},
	})
	for i, s := range t.said {
		f.Feed(s.dir, time.Duration(i)*time.Millisecond, slices.Clone(s.bytes)) // records are opened in place
	}
	f.End(trace.Received, time.Second, "eof")
	f.End(trace.Sent, time.Second, "eof")
	f.Finish(time.Second)
	tr := trace.Trace{Events: r.Events}
	trace.Summarize(&tr)
	tr.Summary.Timing = trace.Timing{} // a record is sent before its message
	for i := range tr.Summary.Checks {
		tr.Summary.Checks[i].Where.Event = 0
	}
	failure := f.Failure()
	if failure != nil {
		failure.Event = 0
	}
	trusted, verified := f.Trusted()
	b, err := json.MarshalIndent([]any{tr.Summary, failure, trusted, verified, f.Opaque(), f.Session().Established}, "", " ")
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestABystandersOutlineHasTheSummaryOfTheWholeTrace(t *testing.T) {
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
			timeout := time.Minute
			if sc.Name == "silent" || sc.Name == "dribble" { // the others come to an end by themselves
				timeout = time.Second
			}
			offer := handshake.DefaultOffer(iana.TLS10, iana.TLS13)
			offer.ServerName = target.SNI
			tp := &tape{secrets: map[string][]byte{}}
			tr := probe.Run(t.Context(), probe.Options{
				Target: target, Offer: offer, Timeout: timeout, Rand: rand.Reader, Now: time.Now, KeyLog: tp.keyLog,
				Tap: func(c net.Conn) net.Conn { tp.Conn = c; return tp },
			})
			got, want := tp.follow(true), tp.follow(false)
			if got != want {
				t.Errorf("in outline\n%s\nin full\n%s", got, want)
			}
			if tr.Error == nil && !strings.HasSuffix(want, " false,\n true\n]") {
				t.Errorf("not all was opened, or it was not established: %s", want)
			}
		})
	}
}
