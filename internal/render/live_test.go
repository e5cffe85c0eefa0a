package render

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509/pkix"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// live is the trace of our own client with a server of crypto/tls that answers "hello".
func live(t *testing.T, version iana.Version) *trace.Trace {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = a.Close(), listener.Close() })
	served := certificate(t, pkix.Name{CommonName: "peer"}, "peer.example")
	go func() {
		b, err := listener.Accept()
		if err != nil {
			return
		}
		server := tls.Server(b, &tls.Config{
			Certificates: []tls.Certificate{served}, NextProtos: []string{"h2"},
		})
		_, _ = server.Read(make([]byte, 5))
		_, _ = server.Write([]byte("hello\n"))
		_ = server.Close()
	}()
	var rec trace.Recorder
	begin := time.Now()
	offer := handshake.DefaultOffer(version, version)
	offer.ServerName, offer.ALPN = "peer.example", []string{"h2"}
	c := conn.New(a, conn.Config{
		Handshake: handshake.Config{Offer: offer, Rand: rand.Reader},
		Observers: []trace.Observer{&rec},
		Now:       func() time.Duration { return time.Since(begin) },
		Verify: func(*handshake.VerifyChain) ([]finding.Finding, bool) {
			return []finding.Finding{finding.Passed(finding.ChainRootTrust, "trusted for this test")}, true
		},
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := c.Handshake(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 6)); err != nil {
		t.Fatal(err)
	}
	_ = c.Close(time.Second)
	tr := &trace.Trace{
		Schema: trace.Schema, Target: trace.Target{Host: "peer.example", Port: 443}, Outcome: trace.OK,
		Buffers: rec.Buffers, Events: rec.Events,
	}
	trace.Summarize(tr)
	return tr
}

func TestALiveConnectionIsShownWhole(t *testing.T) {
	for version, want := range map[iana.Version][]string{
		iana.TLS13: {
			"─▶", "◀═", "═▶", "·· handshake keys installed to read ··", "·· application keys installed ··", "EncryptedExtensions  alpn h2", "ecdsa_secp256r1_sha256 · signature valid",
			"verify_data matches", `"hello"`, "NewSessionTicket", "X25519MLKEM768, hybrid post-quantum", "close_notify", "1 cert · peer",
		},
		iana.TLS12: {
			"ServerKeyExchange    x25519 32B · ecdsa_secp256r1_sha256 · signature valid", "verify_data matches", "protected from here on",
			"·· keys installed to read ··", `"hello"`, "ok    key exchange  x25519",
		},
	} {
		tr := live(t, version)
		got := shown(t, tr, Options{})
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("no %q in\n%s", w, got)
			}
		}
		if n := strings.Count(got, "\n"); n > 40 {
			t.Errorf("%d lines:\n%s", n, got)
		}
		var file bytes.Buffer
		if err := trace.Write(&file, tr); err != nil {
			t.Fatal(err)
		}
		saved, err := trace.Read(&file)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []Options{{}, {Width: 80}, {Verbosity: 1, Width: 100}, {Verbosity: 2, ASCII: true}} {
			checkSafe(t, o, sgr.ReplaceAllString(shown(t, tr, o), ""))
			if got, want := shown(t, saved, o), shown(t, tr, o); got != want {
				t.Errorf("%+v: saved and live differ: %s", o, firstDifference(got, want))
			}
		}
	}
}
