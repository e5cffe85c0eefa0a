package render

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// script makes a trace by hand, an event after the other, with a clock of its own.
type script struct {
	t   *trace.Trace
	now time.Duration
	ctx message.Context
	n   map[string]int // messages by name
	rec map[trace.Dir]int
}

func newScript(host string) *script {
	return &script{
		t: &trace.Trace{
			Schema: trace.Schema, Started: time.Date(2026, 5, 1, 16, 2, 0, 0, time.UTC),
			Target: trace.Target{Input: host, Host: host, Port: 443}, Outcome: trace.OK,
		},
		n: make(map[string]int), rec: make(map[trace.Dir]int),
	}
}

func (s *script) wait(ms float64) { s.now += time.Duration(ms * float64(time.Millisecond)) }

func (s *script) event(e *trace.Event) *trace.Event {
	e.N, e.T = len(s.t.Events)+1, s.now
	if e.Dir == "" {
		e.Dir = trace.None
	}
	s.t.Events = append(s.t.Events, e)
	return e
}

func (s *script) buffer(kind trace.BufferKind, b []byte, from ...trace.Span) *trace.Buffer {
	buf := &trace.Buffer{ID: len(s.t.Buffers), Kind: kind, Bytes: b, From: from}
	s.t.Buffers = append(s.t.Buffers, buf)
	return buf
}

// record adds the event of the record that carries content, and returns the buffer that content is in.
func (s *script) record(dir trace.Dir, typ iana.ContentType, content []byte, protected bool) *trace.Buffer {
	s.rec[dir]++
	d := &trace.Record{
		Number: s.rec[dir], ContentType: trace.CodeOf(typ), Version: trace.CodeOf(iana.TLS12), Length: len(content),
		Protected: protected,
	}
	wireBytes := append([]byte{byte(typ), 3, 3, byte(len(content) >> 8), byte(len(content))}, content...)
	buf := s.buffer(trace.BufferRecord, wireBytes)
	inside := buf
	if protected {
		inside = s.buffer(trace.BufferPlaintext, content)
		d.InnerType, d.ContentType, d.Plaintext = d.ContentType, trace.CodeOf(iana.ApplicationData), &inside.ID
	}
	s.event(&trace.Event{Dir: dir, Layer: trace.LayerRecord, Kind: typ.Name(), Buf: buf, Detail: d})
	return inside
}

func (s *script) message(dir trace.Dir, raw []byte, protected bool) *trace.Event {
	in := s.record(dir, iana.Handshake, raw, protected)
	ctx := s.ctx
	ctx.Sender = message.Client
	if dir == trace.Received {
		ctx.Sender = message.Server
	}
	tree := wire.NewTree(64)
	m, diags := message.Decode(raw, &ctx, nil)
	s.n[m.Name()]++
	ctx.Occurrence = s.n[m.Name()]
	m, _ = message.Decode(raw, &ctx, tree)
	if h, ok := m.(*message.ServerHello); ok {
		s.ctx.Version = h.Version()
		p, known := h.CipherSuite.Params()
		s.ctx.KeyExchange, s.ctx.Authentication, s.ctx.SuiteKnown = p.KeyExchange, p.Authentication, known
	}
	e := &trace.Event{Dir: dir, Layer: trace.LayerMessage, Kind: m.Name(), Tree: tree}
	e.Buf = s.buffer(trace.BufferMessage, raw, trace.Span{Buf: in.ID, Len: len(raw)})
	for _, d := range diags {
		f := finding.Of(finding.DecodeTruncated)
		f.Where.Path, f.Expected, f.Actual = d.Path, d.Expected, d.Actual
		e.Findings = append(e.Findings, f)
	}
	return s.event(e)
}

func (s *script) ccs(dir trace.Dir) {
	raw := []byte{1}
	tree := wire.NewTree(4)
	message.DecodeChangeCipherSpec(raw, tree)
	in := s.record(dir, iana.ChangeCipherSpec, raw, false)
	s.event(&trace.Event{
		Dir: dir, Layer: trace.LayerMessage, Kind: "change_cipher_spec", Tree: tree,
		Buf: s.buffer(trace.BufferMessage, raw, trace.Span{Buf: in.ID, Len: 1}),
	})
}

func (s *script) alert(dir trace.Dir, a message.Alert, protected bool) *trace.Event {
	tree := wire.NewTree(4)
	raw := a.Encode()
	message.DecodeAlert(raw, tree)
	in := s.record(dir, iana.Alert, raw, protected)
	return s.event(&trace.Event{
		Dir: dir, Layer: trace.LayerAlert, Kind: "alert", Tree: tree,
		Buf:    s.buffer(trace.BufferMessage, raw, trace.Span{Buf: in.ID, Len: 2}),
		Detail: &trace.AlertDetail{Level: trace.CodeOf(a.Level), Description: trace.CodeOf(a.Description)},
	})
}

func (s *script) data(dir trace.Dir, text string) {
	in := s.record(dir, iana.ApplicationData, []byte(text), true)
	s.event(&trace.Event{
		Dir: dir, Layer: trace.LayerData, Kind: "application_data", Buf: in,
		Detail: &trace.Data{Length: len(text), Kept: len(text)},
	})
}

func (s *script) key(kind string, d trace.Detail) {
	s.event(&trace.Event{Layer: trace.LayerKey, Kind: kind, Detail: d})
}

func (s *script) install(direction, epoch string) {
	s.key("install", &trace.Keys{Direction: direction, Epoch: epoch})
}

func (s *script) check(about *trace.Event, f finding.Finding) {
	if about != nil {
		f.Where.Event = about.N
	}
	s.event(&trace.Event{Layer: trace.LayerCheck, Kind: f.ID, Findings: []finding.Finding{f}, Detail: &trace.Check{}})
}

func (s *script) connect(address string, dns, tcp float64) {
	s.event(&trace.Event{Layer: trace.LayerNet, Kind: "lookup", Detail: &trace.Lookup{Name: s.t.Target.Host, Addresses: []string{address}, Ms: dns}})
	s.wait(dns)
	s.event(&trace.Event{Layer: trace.LayerNet, Kind: "attempt", Detail: &trace.Attempt{Address: address, Why: "first", Ms: tcp}})
	s.wait(tcp)
	s.event(&trace.Event{Layer: trace.LayerNet, Kind: "connected", Detail: &trace.Connected{Remote: address + ":443", Ms: tcp}})
}

func (s *script) done() *trace.Trace {
	trace.Summarize(s.t)
	return s.t
}

// rfc8448 returns the handshake messages of the example in a section of RFC 8448, by "actor name".
func rfc8448(t testing.TB, section string) map[string][]byte {
	t.Helper()
	file, err := os.ReadFile("../handshake/keys/testdata/rfc8448.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]byte)
	lines := bufio.NewScanner(bytes.NewReader(file))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		f := strings.Split(lines.Text(), "\t")
		if len(f) == 5 && f[0] == section && strings.HasPrefix(f[2], "construct ") {
			if all[f[1]+" "+f[3]], err = hex.DecodeString(f[4]); err != nil {
				t.Fatal(err)
			}
		}
	}
	return all
}

// simpleHandshake is the one of RFC 8448, Section 3, as a client would trace it.
func simpleHandshake(t *testing.T) *trace.Trace {
	m := rfc8448(t, "3")
	s := newScript("server")
	s.ctx.Version = 0
	s.connect("192.0.2.10", 4.1, 11.8)
	s.message(trace.Sent, m["client ClientHello"], false)
	s.wait(12.1)
	hello := s.message(trace.Received, m["server ServerHello"], false)
	s.key("exchange", &trace.Exchange{Method: "ECDHE", Group: trace.CodeOf(iana.Group(0x001d)), Strength: 128, Secret: 32})
	s.key("secret", &trace.Secret{Label: "handshake_secret", From: "early_secret", Length: 32})
	s.key("secret", &trace.Secret{Label: "c hs traffic", From: "handshake_secret", Length: 32})
	s.key("secret", &trace.Secret{Label: "s hs traffic", From: "handshake_secret", Length: 32})
	s.check(hello, finding.Skipped(finding.HandshakeDowngrade, "nothing better was offered"))
	s.install("read", "handshake")
	s.install("write", "handshake")
	s.wait(.3)
	s.message(trace.Received, m["server EncryptedExtensions"], true)
	s.wait(.2)
	s.message(trace.Received, m["server Certificate"], true)
	s.wait(.1)
	verify := s.message(trace.Received, m["server CertificateVerify"], true)
	s.check(verify, finding.Passed(finding.HandshakeCertificateVerify, "signature valid, rsa_pss_rsae_sha256"))
	finished := s.message(trace.Received, m["server Finished"], true)
	s.check(finished, finding.Passed(finding.HandshakeFinished, "verify_data matches"))
	s.install("read", "application")
	s.wait(.4)
	s.message(trace.Sent, m["client Finished"], true)
	s.install("write", "application")
	s.check(nil, finding.Passed(finding.ChainRootTrust, "rsa (roots of the test)"))
	s.check(nil, finding.Passed(finding.Hostname, "server"))
	s.check(nil, finding.Passed(finding.Validity, "valid"))
	s.check(nil, finding.Of(finding.RevocationStapled))
	s.wait(12)
	s.message(trace.Received, m["server NewSessionTicket"], true)
	s.data(trace.Sent, "GET / HTTP/1.1\r\nHost: server\r\n\r\n")
	s.data(trace.Received, "HTTP/1.1 200 OK\r\n\r\n")
	s.data(trace.Received, "hello, world")
	s.alert(trace.Sent, message.Alert{Level: iana.Warning, Description: iana.AlertCloseNotify}, true)
	s.event(&trace.Event{Layer: trace.LayerNet, Kind: "closed", Detail: &trace.Closed{How: "close_notify"}})
	return s.done()
}

// refused is a handshake that a server ends at once.
func refused(t *testing.T) *trace.Trace {
	m := rfc8448(t, "3")
	s := newScript("old.example")
	s.connect("192.0.2.10", 4.1, 11.8)
	s.message(trace.Sent, m["client ClientHello"], false)
	s.wait(9.8)
	e := s.alert(trace.Received, message.Alert{Level: iana.Fatal, Description: iana.AlertProtocolVersion}, false)
	s.event(&trace.Event{Layer: trace.LayerNet, Kind: "closed", Detail: &trace.Closed{How: "alert"}})
	s.t.Outcome = trace.HandshakeFailed
	s.t.Error = &trace.Error{
		Kind: "alert", Message: "the server refused every version offered (TLS 1.3)",
		Hint: "it may speak TLS 1.2 or older: tlsprobe connect old.example --min tls1.0", Event: e.N,
	}
	return s.done()
}

// hybrid is the beginning of a handshake with a post-quantum group, up to a certificate that is not trusted.
func hybrid(t *testing.T) *trace.Trace {
	const x25519mlkem768, x25519 = 0x11ec, 0x001d
	s := newScript("example.com")
	s.connect("192.0.2.10", 4.1, 11.8)
	s.message(trace.Sent, encoded(t, &message.ClientHello{
		LegacyVersion: iana.TLS12, CipherSuites: []iana.CipherSuite{0x0a0a, 0x1301, 0x1302, 0x002f, 0xc02b}, Compression: []iana.CompressionMethod{0},
		HasExtensions: true, Extensions: message.Extensions{
			{Type: 0x1a1a, Raw: []byte{0}},
			{Type: iana.ExtServerName, Body: &message.ServerNameList{Names: []message.ServerName{{HostName: []byte("example.com")}}}},
			{Type: iana.ExtSupportedVersions, Body: &message.SupportedVersions{Versions: []iana.Version{0x3a3a, iana.TLS13, iana.TLS12}}},
			{Type: iana.ExtKeyShare, Body: &message.KeyShares{Shares: []message.KeyShareEntry{
				{Group: 0x0a0a, KeyExchange: []byte{0}}, {Group: x25519mlkem768, KeyExchange: make([]byte, 1216)}, {Group: x25519, KeyExchange: make([]byte, 32)},
			}}},
		},
	}), false)
	s.wait(12.1)
	s.message(trace.Received, encoded(t, &message.ServerHello{
		LegacyVersion: iana.TLS12, CipherSuite: 0x1301, HasExtensions: true, Extensions: message.Extensions{
			{Type: iana.ExtSupportedVersions, Body: &message.SelectedVersion{Version: iana.TLS13}},
			{Type: iana.ExtKeyShare, Body: &message.ServerKeyShare{Share: message.KeyShareEntry{Group: x25519mlkem768, KeyExchange: make([]byte, 1120)}}},
		},
	}), false)
	s.ccs(trace.Received)
	s.key("exchange", &trace.Exchange{Method: "hybrid", Group: trace.CodeOf(iana.Group(x25519mlkem768)), Strength: 128, Quantum: true, Secret: 64})
	s.install("read", "handshake")
	s.install("write", "handshake")
	e := s.message(trace.Received, rfc8448(t, "3")["server Certificate"], true)
	s.check(e, finding.Passed(finding.ChainPath, "1 path"))
	root, host, expired := finding.Of(finding.ChainRootTrust), finding.Of(finding.Hostname), finding.Of(finding.Validity)
	host.Expected, host.Actual = "example.com", "rsa"
	s.check(e, root)
	s.check(e, host)
	s.check(e, expired)
	s.check(e, finding.Unanswered(finding.KeyUsage, "the extension can't be read"))
	s.t.Outcome = trace.Untrusted
	return s.done()
}

func encoded(t *testing.T, m message.Message) []byte {
	t.Helper()
	raw, diags := message.Encode(m, &message.Context{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return raw
}
