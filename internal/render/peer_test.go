package render

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// tap is a connection whose writes are kept in the order of both sides.
type tap struct {
	net.Conn
	dir  trace.Dir
	mu   *sync.Mutex
	tape *[]written
}

type written struct {
	dir   trace.Dir
	bytes []byte
}

func (c *tap) Write(b []byte) (int, error) {
	c.mu.Lock()
	*c.tape = append(*c.tape, written{c.dir, bytes.Clone(b)})
	c.mu.Unlock()
	return c.Conn.Write(b)
}

// certificate makes a self-signed one for a subject.
func certificate(t *testing.T, subject pkix.Name, names ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: subject, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// tls12 is the trace of what crypto/tls says to itself in the clear in TLS 1.2.
func tls12(t *testing.T, subject pkix.Name, client, server *tls.Config) (*trace.Trace, tls.ConnectionState) {
	t.Helper()
	var tape []written
	var mu sync.Mutex
	a, b := net.Pipe()
	t.Cleanup(func() { _, _ = a.Close(), b.Close() })
	client.InsecureSkipVerify, client.MaxVersion = true, tls.VersionTLS12
	server.Certificates = []tls.Certificate{certificate(t, subject, "peer.example")}
	c := tls.Client(&tap{a, trace.Sent, &mu, &tape}, client)
	go func() { _ = tls.Server(&tap{b, trace.Received, &mu, &tape}, server).Handshake() }()
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	s := newScript("peer.example")
	s.connect("192.0.2.1", 1, 1)
	closed := make(map[trace.Dir]bool)
	for _, w := range tape {
		s.records(t, w, closed)
	}
	return s.done(), c.ConnectionState()
}

// records makes events of what was written, up to where a direction is encrypted.
func (s *script) records(t *testing.T, w written, encrypted map[trace.Dir]bool) {
	r := bytes.NewReader(w.bytes)
	var pending []byte // of a message that goes on in the next record
	for r.Len() > 0 && !encrypted[w.dir] {
		var head [5]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			t.Fatal(err)
		}
		body := make([]byte, int(head[3])<<8|int(head[4]))
		if _, err := io.ReadFull(r, body); err != nil {
			t.Fatal(err)
		}
		if iana.ContentType(head[0]) == iana.ChangeCipherSpec {
			s.ccs(w.dir)
			encrypted[w.dir] = true
			continue
		}
		body = append(pending, body...)
		for len(body) >= message.HeaderLen {
			n := message.HeaderLen + (int(body[1])<<16 | int(body[2])<<8 | int(body[3]))
			if n > len(body) {
				break
			}
			s.message(w.dir, body[:n], false)
			body = body[n:]
		}
		pending = body
	}
}

func TestALadderOfCryptoTLSSaysWhatCryptoTLSSays(t *testing.T) {
	for _, suite := range []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256} {
		tr, state := tls12(t, pkix.Name{CommonName: "Peer & Söhne"},
			&tls.Config{ServerName: "peer.example", NextProtos: []string{"h2", "http/1.1"}, CipherSuites: []uint16{suite}},
			&tls.Config{NextProtos: []string{"http/1.1"}, CurvePreferences: []tls.CurveID{tls.CurveP384}})
		got := shown(t, tr, Options{})
		for _, want := range []string{
			"TLS 1.2 · " + tls.CipherSuiteName(state.CipherSuite), "sni peer.example", "alpn h2,http/1.1",
			"alpn " + state.NegotiatedProtocol, "extended_master_secret", "1 cert · Peer & Söhne",
			"secp384r1 97B · ecdsa_secp256r1_sha256", "ServerHelloDone", "public value 97B",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in\n%s", want, got)
			}
		}
		if n := strings.Count(got, "\n"); n > 40 {
			t.Errorf("%d lines", n)
		}
		if strings.Contains(got, "═▶") || strings.Contains(got, "◀═") {
			t.Errorf("plaintext is shown as encrypted:\n%s", got)
		}
	}
}

func TestMessagesOfTLS12CiteItsOwnRFC(t *testing.T) {
	tr, _ := tls12(t, pkix.Name{CommonName: "peer"}, &tls.Config{ServerName: "peer.example"}, &tls.Config{})
	got := shown(t, tr, Options{Verbosity: 1, Width: 120})
	for name, ref := range map[string]string{ // the sections' own titles
		"ClientHello": "RFC 8446 §4.1.2", "ServerHello": "RFC 5246 §7.4.1.3", "Certificate": "RFC 5246 §7.4.2",
		"ServerKeyExchange": "RFC 5246 §7.4.3", "ChangeCipherSpec": "RFC 5246 §7.1", "NewSessionTicket": "RFC 5077 §3.3",
	} {
		for line := range strings.Lines(got) {
			if strings.Contains(line, " "+name+" ") && strings.Contains(line, "#") && !strings.HasSuffix(line, " "+ref+"\n") {
				t.Errorf("%q, want %s", line, ref)
			}
		}
	}
	if !strings.Contains(shown(t, hybrid(t), Options{Verbosity: 1}), "RFC 8446 §5\n") {
		t.Error("the ChangeCipherSpec of TLS 1.3 cites no section of it")
	}
}
