package interop

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// talk is what is said over a session.
type talk func(ctx context.Context, session *conn.Conn) error

// drive probes a server and returns the trace, whatever came of it.
func drive(t *testing.T, addr string, offer handshake.Offer, say talk) *trace.Trace {
	t.Helper()
	target, err := dial.ParseTarget(addr)
	if err != nil {
		t.Fatal(err)
	}
	return probe.Run(t.Context(), probe.Options{
		Target: target, Input: addr, Offer: offer, Insecure: true,
		Timeout: 20 * time.Second, Linger: 50 * time.Millisecond,
		Rand: rand.Reader, Now: time.Now, Exchange: say,
	})
}

// errEcho tells that what came back is not what should have.
var errEcho = errors.New("the answer is not the expected one")

// ask sends a question and reads as much as the answer should have.
func ask(question, answer string) talk {
	return func(_ context.Context, session *conn.Conn) error {
		if _, err := io.WriteString(session, question); err != nil {
			return fmt.Errorf("asking: %w", err)
		}
		got := make([]byte, len(answer))
		if n, err := io.ReadFull(session, got); err != nil {
			return fmt.Errorf("reading the answer, after %q: %w", got[:n], err)
		}
		if string(got) != answer {
			return fmt.Errorf("%w: %q", errEcho, got)
		}
		return nil
	}
}

// askTo sends a question and reads to the end; the answer has to hold a text.
func askTo(question, holds string) talk {
	return func(_ context.Context, session *conn.Conn) error {
		if _, err := io.WriteString(session, question); err != nil {
			return fmt.Errorf("asking: %w", err)
		}
		got, err := io.ReadAll(io.LimitReader(session, 1<<20))
		if err != nil {
			return fmt.Errorf("reading the answer: %w", err)
		}
		if !bytes.Contains(got, []byte(holds)) {
			return fmt.Errorf("%w: %q", errEcho, got)
		}
		return nil
	}
}

// inTurn says one thing after the other.
func inTurn(talks ...talk) talk {
	return func(ctx context.Context, session *conn.Conn) error {
		for _, say := range talks {
			if err := say(ctx, session); err != nil {
				return err
			}
		}
		return nil
	}
}

// completes probes a server and holds the trace to what every trace of a good session has: no error,
// the talk done, every proof passed, no rule broken, every tree sound.
func completes(t *testing.T, addr string, offer handshake.Offer, say talk, allowed ...finding.ID) *trace.Trace {
	t.Helper()
	said := false
	tr := drive(t, addr, offer, func(ctx context.Context, session *conn.Conn) error {
		err := say(ctx, session)
		said = err == nil
		return err
	})
	if tr.Error != nil {
		t.Errorf("not completed: %s: %s: %s\n%s", tr.Outcome, tr.Error.Kind, tr.Error.Message, story(tr))
		return tr
	}
	if !said {
		t.Errorf("the session was established and not talked over\n%s", story(tr))
	}
	for _, e := range tr.Events {
		if e.Tree != nil {
			if err := e.Tree.Check(); err != nil {
				t.Errorf("tree of %s: %v", e.Kind, err)
			}
		}
		for _, f := range e.Findings {
			broken := strings.HasPrefix(f.ID, "rule.") || strings.HasPrefix(f.ID, "handshake.")
			if broken && f.Status == finding.Fail && !isAllowed(f.ID, allowed) {
				t.Errorf("%s: %s: %s (expected %q, got %q)", e.Kind, f.ID, f.Message, f.Expected, f.Actual)
			}
		}
	}
	if !passed(tr, "handshake.finished") {
		t.Errorf("the server's Finished was not found right\n%s", story(tr))
	}
	return tr
}

func isAllowed(id string, allowed []finding.ID) bool {
	for _, a := range allowed {
		if string(a) == id {
			return true
		}
	}
	return false
}

// passed reports whether a check was made and passed.
func passed(tr *trace.Trace, id string) bool {
	for _, e := range tr.Events {
		for _, f := range e.Findings {
			if f.ID == id && f.Status == finding.Pass {
				return true
			}
		}
	}
	return false
}

// count tells how often something happened.
func count(tr *trace.Trace, dir trace.Dir, kind string) int {
	n := 0
	for _, e := range tr.Events {
		if e.Dir == dir && e.Kind == kind && e.Layer != trace.LayerRecord {
			n++
		}
	}
	return n
}

// story is a trace in a few lines, for a failed test.
func story(tr *trace.Trace) string {
	var b strings.Builder
	for _, e := range tr.Events {
		if e.Layer == trace.LayerRecord || e.Layer == trace.LayerState {
			continue
		}
		fmt.Fprintf(&b, "    %3d %-8s %-7s %s", e.N, e.Dir, e.Layer, e.Kind)
		if d, ok := e.Detail.(*trace.AlertDetail); ok && d.Description != nil {
			fmt.Fprintf(&b, " %s", d.Description.Name)
		}
		for _, f := range e.Findings {
			fmt.Fprintf(&b, " [%s %s]", f.Status, f.ID)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// terms are what a session has to come to. What is 0 or nil is not looked at.
type terms struct {
	version  iana.Version
	suite    iana.CipherSuite
	group    iana.Group
	scheme   iana.SignatureScheme
	ems, etm *bool
	retry    *bool
	alpn     string
	// asked tells whether a client certificate was requested.
	asked *bool
	// secure tells whether renegotiation_info was answered.
	secure  *bool
	stapled *bool
}

// holds compares the summary of a trace with what it has to be.
func (want terms) holds(t *testing.T, tr *trace.Trace) {
	t.Helper()
	s := &tr.Summary
	code := func(what string, got *trace.Code, want uint16, name string) {
		t.Helper()
		if want != 0 && (got == nil || got.Value != uint64(want)) {
			t.Errorf("%s is %s, want %s", what, codeName(got), name)
		}
	}
	truth := func(what string, got, want *bool) {
		t.Helper()
		if want != nil && (got == nil || *got != *want) {
			t.Errorf("%s is %s, want %v", what, boolName(got), *want)
		}
	}
	code("version", s.Version, uint16(want.version), want.version.String())
	code("cipher_suite", s.CipherSuite, uint16(want.suite), want.suite.String())
	code("group", s.Group, uint16(want.group), want.group.String())
	code("signature_scheme", s.SignatureScheme, uint16(want.scheme), want.scheme.String())
	truth("extended_master_secret", s.ExtendedMasterSecret, want.ems)
	truth("encrypt_then_mac", s.EncryptThenMAC, want.etm)
	truth("hello_retry_request", s.HelloRetryRequest, want.retry)
	truth("client_certificate_requested", s.ClientCertificateRequested, want.asked)
	truth("secure_renegotiation", s.SecureRenegotiation, want.secure)
	truth("ocsp_stapled", s.OCSPStapled, want.stapled)
	if want.alpn != "" && (s.ALPN == nil || *s.ALPN != want.alpn) {
		t.Errorf("alpn is %v, want %q", s.ALPN, want.alpn)
	}
}

func codeName(c *trace.Code) string {
	if c == nil {
		return "unknown"
	}
	return fmt.Sprintf("%s (%#x)", c.Name, c.Value)
}

func boolName(b *bool) string {
	if b == nil {
		return "unknown"
	}
	return fmt.Sprint(*b)
}
