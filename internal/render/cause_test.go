package render

import (
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// endOf is the verdict's last lines.
func endOf(t *testing.T, tr *trace.Trace) string {
	t.Helper()
	got := shown(t, tr, Options{})
	return got[strings.Index(got, "verdict"):]
}

func TestVerdictBlameAndHintSpeakOfOneCause(t *testing.T) {
	m := rfc8448(t, "3")
	s := newScript("server")
	s.message(trace.Sent, m["client ClientHello"], false)
	hello := s.message(trace.Received, m["server ServerHello"], false)
	f := finding.Of(finding.SessionIDEcho)
	f.Where.Event = hello.N
	hello.Findings = append(hello.Findings, f)
	tr := s.done()
	tr.Outcome = trace.HandshakeFailed
	tr.Error = &trace.Error{Kind: "closed", Message: "the server closed, waiting for Finished", Hint: "try --max tls1.2"}
	const closed = "verdict failed: the server closed, waiting for Finished\n" +
		"blame: the server, or something between: it stopped in the middle of the handshake\nhint: try --max tls1.2\n"
	if got := endOf(t, tr); got != closed {
		t.Errorf("got %s", got)
	}
	tr.Error = &trace.Error{Kind: "protocol_violation", Message: "the echo is wrong", Event: hello.N}
	broken := "verdict failed: the echo is wrong\nblame: the server: its ServerHello is against the protocol · RFC 8446 §4.1.3\nhint: " + f.Fix + "\n"
	if got := endOf(t, tr); got != broken {
		t.Errorf("got %s", got)
	}
	if got := shown(t, tr, Options{Verbosity: 1}); !strings.Contains(got, "its ServerHello (#4) is against") {
		t.Errorf("no number in\n%s", got)
	}
}

func TestTheVerdictOnTrustIsTheMostConcrete(t *testing.T) {
	s := newScript("server")
	path, missing := finding.Of(finding.ChainPath), finding.Of(finding.ChainComplete)
	path.Severity = finding.Critical
	missing.Message, missing.Fix, missing.Expected, missing.Actual = "the certificate of A was not sent", "append A", "A", "1 certificate"
	s.check(nil, path)
	s.check(nil, missing)
	s.check(nil, finding.Unanswered(finding.ChainRootTrust, "the chain stops below any root"))
	tr := s.done()
	tr.Outcome, tr.Error = trace.Untrusted, &trace.Error{Kind: "not_trusted", Hint: "something general"}
	got := shown(t, tr, Options{})
	for _, want := range []string{
		"FAIL  trust         the certificate of A was not sent\n", "verdict untrusted: the certificate of A was not sent ·", "hint: append A\n",
		"tlsprobe explain chain.complete\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestAFindingSaysNothingTwice(t *testing.T) {
	for _, c := range []struct {
		id                        finding.ID
		message, actual, expected string
		want                      string
	}{
		{finding.Validity, "CN=a expired 24 hours ago, on 2026-11-22", "2026-11-23T16:00:00Z", "a time up to 2026-11-22", "CN=a expired 24 hours ago, on 2026-11-22"},
		{finding.KeyStrength, "CN=a has a weak key: RSA 1024 bits", "RSA 1024 bits", "RSA of 2048 bits or more", "CN=a has a weak key: RSA 1024 bits"},
		{finding.Hostname, "the certificate isn't for a", "b, c", "a", "the certificate isn't for a (b, c)"},
		{finding.SessionIDEcho, "wrong echo", "0 bytes", "32 bytes", "wrong echo (0 bytes, not 32 bytes)"},
	} {
		f := finding.Of(c.id)
		f.Message, f.Actual, f.Expected = c.message, c.actual, c.expected
		if got := findingText(f); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
