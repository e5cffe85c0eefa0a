package render

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func TestHowAStreamEndedIsSeenAtAnyWidth(t *testing.T) {
	for _, sni := range []string{"", "localhost", strings.Repeat("long.", 40) + "example"} {
		tr := &trace.Trace{Started: time.Date(2026, 11, 23, 16, 2, 0, 0, time.UTC), Outcome: trace.HandshakeFailed, Error: &trace.Error{Message: "the server answered with the alert protocol_version (70)"}}
		tr.Summary.Version, tr.Summary.CipherSuite, tr.Summary.Group = trace.CodeOf(iana.TLS12), trace.CodeOf(iana.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384), trace.CodeOf(iana.X25519)
		if sni != "" {
			tr.Summary.SNI = &sni
		}
		s := Stream{Number: 12, Client: "[2001:db8:1234:5678:9abc:def0:1234:5678]:50000", Server: "[2001:db8:1234:5678:9abc:def0:1234:5678]:443", Trace: tr}
		for width := 26; width < 400; width++ {
			var b bytes.Buffer
			if err := StreamLine(&b, s, Options{Width: width}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(b.String(), "  12 ") || !strings.Contains(b.String(), "handshake_failed") {
				t.Errorf("%d columns: %q", width, b.String())
			}
			if width >= 150 && sni != "" && len(sni) < 20 && !strings.Contains(b.String(), sni) {
				t.Errorf("%d columns, and no name: %q", width, b.String())
			}
		}
	}
}

func TestALineOfAStreamHasAllWithoutATerminal(t *testing.T) {
	tr := &trace.Trace{Started: time.Date(2026, 11, 23, 16, 2, 0, 0, time.UTC), Outcome: trace.Unknown}
	tr.Summary.Version, tr.Summary.Group = trace.CodeOf(iana.TLS13), trace.CodeOf(iana.X25519)
	var b bytes.Buffer
	s := Stream{Client: "192.0.2.1:50000", Server: "198.51.100.7:443", Opaque: true, OpaqueWhy: "handshake encrypted, no secrets for it", Trace: tr}
	if err := StreamLine(&b, s, Options{}); err != nil {
		t.Fatal(err)
	}
	const want = "   0 2026-11-23 16:02:00.000 192.0.2.1:50000 → 198.51.100.7:443  TLS 1.3  x25519  unknown (handshake encrypted, no secrets for it)\n"
	if b.String() != want {
		t.Errorf("%q", b.String())
	}
}
