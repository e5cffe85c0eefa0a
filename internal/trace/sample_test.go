package trace

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// chunk is what one Write carried.
type chunk struct {
	dir   Dir
	bytes []byte
}

// tape records what two connected sides write, in its order.
type tape struct {
	mu     sync.Mutex
	chunks []chunk
}

type tapped struct {
	net.Conn
	tape *tape
	dir  Dir
}

func (c *tapped) Write(b []byte) (int, error) {
	c.tape.mu.Lock()
	c.tape.chunks = append(c.tape.chunks, chunk{c.dir, bytes.Clone(b)})
	c.tape.mu.Unlock()
	return c.Conn.Write(b)
}

// handshaken is a handshake that crypto/tls made with itself.
type handshaken struct {
	tape   tape
	client tls.ConnectionState
	log    bytes.Buffer // key log
}

// connection is two ends of a connection that buffers: both sides write at the same time after a
// HelloRetryRequest, which ends in a deadlock on a net.Pipe.
func connection(t *testing.T) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{client, server} {
		t.Cleanup(func() { _ = c.Close() })
		if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	return client, server
}

// handshake lets crypto/tls talk to itself; a byte of data after the handshake lets tickets arrive.
func handshake(t *testing.T, client, server *tls.Config) *handshaken {
	t.Helper()
	var h handshaken
	c, s := connection(t)
	config := client.Clone()
	config.KeyLogWriter = &h.log
	tc := tls.Client(&tapped{c, &h.tape, Sent}, config)
	ts := tls.Server(&tapped{s, &h.tape, Received}, server)
	done := make(chan error, 1)
	go func() {
		err := ts.Handshake()
		if err == nil {
			_, err = ts.Write([]byte("x"))
		}
		done <- err
	}()
	if err := tc.Handshake(); err != nil {
		t.Fatalf("client: %v", err)
	}
	if _, err := io.ReadFull(tc, make([]byte, 1)); err != nil {
		t.Fatalf("client: %v", err)
	}
	if err := <-done; err != nil {
		t.Fatalf("server: %v", err)
	}
	h.client = tc.ConnectionState()
	return &h
}

// opener opens the records of TLS 1.3's handshake keys in one direction. RFC 8446, Section 5.2.
type opener struct {
	aead cipher.AEAD
	iv   []byte
	seq  uint64
}

func newOpener(t *testing.T, log string, label string, suite uint16) *opener {
	t.Helper()
	h, keyLen := sha256.New, 16
	if suite == tls.TLS_AES_256_GCM_SHA384 {
		h, keyLen = sha512.New384, 32
	}
	for line := range strings.Lines(log) {
		f := strings.Fields(line)
		if len(f) != 3 || f[0] != label {
			continue
		}
		secret, _ := hex.DecodeString(f[2])
		block, err := aes.NewCipher(expandLabel(t, h, secret, "key", keyLen))
		if err != nil {
			t.Fatal(err)
		}
		aead, _ := cipher.NewGCM(block)
		return &opener{aead: aead, iv: expandLabel(t, h, secret, "iv", 12)}
	}
	t.Fatalf("no %s in the key log", label)
	return nil
}

// expandLabel is HKDF-Expand-Label without a context. RFC 8446, Section 7.1.
func expandLabel(t *testing.T, h func() hash.Hash, secret []byte, label string, n int) []byte {
	t.Helper()
	info := append([]byte{0, byte(n), byte(6 + len(label))}, "tls13 "+label+"\x00"...)
	out, err := hkdf.Expand(h, secret, string(info), n)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// open returns the content of a record of handshake keys, or false for one of other keys.
func (o *opener) open(record []byte) ([]byte, bool) {
	nonce := bytes.Clone(o.iv)
	binary.BigEndian.PutUint64(nonce[4:], binary.BigEndian.Uint64(nonce[4:])^o.seq)
	plain, err := o.aead.Open(nil, nonce, record[5:], record[:5])
	if err != nil {
		return nil, false
	}
	o.seq++
	plain = bytes.TrimRight(plain, "\x00")
	return plain[:len(plain)-1], plain[len(plain)-1] == byte(iana.Handshake)
}

// traceOf makes a trace of a recorded handshake: its records, and the messages that can be read.
func (h *handshaken) traceOf(t *testing.T) *Trace {
	t.Helper()
	b := &builder{t: t, h: h, tr: &Trace{
		Schema: Schema, Tool: Tool{"tlsprobe", "0.1.0"}, Started: time.Date(2026, 11, 23, 16, 2, 0, 123456789, time.UTC),
		Target:   Target{Input: "Example.com", Host: "example.com", Port: 443},
		Settings: Settings{Args: []string{"--alpn", "h2"}}, Outcome: OK,
	}}
	b.network()
	for _, c := range h.tape.chunks {
		for rest := c.bytes; len(rest) >= 5; {
			n := 5 + int(binary.BigEndian.Uint16(rest[3:]))
			b.record(c.dir, rest[:n:n])
			rest = rest[n:]
		}
	}
	b.rest()
	return b.tr
}

type builder struct {
	t       *testing.T
	h       *handshaken
	tr      *Trace
	ctx     message.Context
	openers map[Dir]*opener
	sealed  map[Dir]bool   // TLS 1.2: a ChangeCipherSpec went by
	partial map[Dir][]byte // of a message
	number  map[Dir]int
}

func (b *builder) event(e *Event) *Event {
	e.N = len(b.tr.Events) + 1
	e.T = time.Duration(e.N) * 1234567 * time.Nanosecond
	if e.Dir == "" {
		e.Dir = None
	}
	b.tr.Events = append(b.tr.Events, e)
	return e
}

func (b *builder) buffer(kind BufferKind, bytes []byte, from ...Span) *Buffer {
	buf := &Buffer{ID: len(b.tr.Buffers), Kind: kind, From: from, Bytes: bytes}
	b.tr.Buffers = append(b.tr.Buffers, buf)
	return buf
}

func (b *builder) network() {
	b.openers, b.sealed, b.partial, b.number = map[Dir]*opener{}, map[Dir]bool{}, map[Dir][]byte{}, map[Dir]int{}
	b.buffer(BufferStream, nil)
	b.buffer(BufferStream, nil)
	rtt := 10.25
	b.event(&Event{Layer: LayerNet, Kind: "lookup", Detail: &Lookup{Name: "example.com", Addresses: []string{"2001:db8::1", "192.0.2.1"}, Ms: 3.125}})
	b.event(&Event{Layer: LayerNet, Kind: "attempt", Detail: &Attempt{Address: "[2001:db8::1]:443", Why: "first", Ms: 1, Error: "network is unreachable"}})
	b.event(&Event{Layer: LayerNet, Kind: "connected", Detail: &Connected{Local: "192.0.2.9:50000", Remote: "192.0.2.1:443", Ms: 10.5, RTTMs: &rtt}})
}

func (b *builder) record(dir Dir, raw []byte) {
	b.number[dir]++
	stream := 0
	if dir == Received {
		stream = 1
	}
	buf := b.buffer(BufferRecord, raw, Span{Buf: stream, Len: len(raw)})
	typ := iana.ContentType(raw[0])
	b.event(&Event{Dir: dir, Layer: LayerRecord, Kind: typ.Name(), Buf: buf, Detail: &Record{
		Number: b.number[dir], ContentType: CodeOf(typ), Version: CodeOf(iana.Version(0x0303)), Length: len(raw) - 5,
	}})
	switch {
	case typ == iana.ChangeCipherSpec:
		tree := wire.NewTree(4)
		ccs := b.buffer(BufferMessage, raw[5:], Span{Buf: buf.ID, Off: 5, Len: len(raw) - 5})
		message.DecodeChangeCipherSpec(ccs.Bytes, tree)
		b.event(&Event{Dir: dir, Layer: LayerMessage, Kind: "change_cipher_spec", Buf: ccs, Tree: tree})
		b.sealed[dir] = true
	case typ == iana.Handshake && b.sealed[dir] && b.ctx.Version != 0 && b.ctx.Version != iana.TLS13:
		// Under the keys of TLS 1.2 there is one message: Finished, with 12 bytes of verify_data.
		b.message(dir, append([]byte{20, 0, 0, 12}, raw[len(raw)-12:]...))
	case typ == iana.Handshake:
		b.content(dir, raw[5:])
	case typ == iana.ApplicationData && b.ctx.Version == iana.TLS13:
		if o := b.openers[dir]; o != nil {
			if plain, ok := o.open(raw); ok {
				b.buffer(BufferPlaintext, plain, Span{Buf: buf.ID, Off: 5, Len: len(raw) - 5})
				b.content(dir, plain)
			}
		}
	}
}

// content takes handshake bytes out of a record and cuts them into messages.
func (b *builder) content(dir Dir, raw []byte) {
	all := append(b.partial[dir], raw...)
	for len(all) >= 4 {
		n := 4 + int(all[1])<<16 + int(all[2])<<8 + int(all[3])
		if n > len(all) {
			break
		}
		b.message(dir, bytes.Clone(all[:n]))
		all = all[n:]
	}
	b.partial[dir] = all
}

func (b *builder) message(dir Dir, raw []byte) {
	tree := wire.NewTree(64)
	ctx := b.ctx
	ctx.Sender, ctx.Occurrence = message.Client, 1
	if dir == Received {
		ctx.Sender = message.Server
	}
	m, diags := message.Decode(raw, &ctx, tree)
	if len(diags) > 0 {
		b.t.Fatalf("%s: %v", m.Name(), diags)
	}
	e := b.event(&Event{Dir: dir, Layer: LayerMessage, Kind: m.Name(), Buf: b.buffer(BufferMessage, raw), Tree: tree})
	if ctx.Version != 0 {
		e.Context = &Context{Version: CodeOf(ctx.Version), Occurrence: 1}
	}
	hello, ok := m.(*message.ServerHello)
	if !ok || hello.IsRetry() {
		return
	}
	b.ctx.Version = hello.Version()
	if p, ok := hello.CipherSuite.Params(); ok {
		b.ctx.KeyExchange, b.ctx.Authentication, b.ctx.SuiteKnown = p.KeyExchange, p.Authentication, true
	}
	if b.ctx.Version == iana.TLS13 {
		log, suite := b.h.log.String(), uint16(hello.CipherSuite)
		b.openers[Sent] = newOpener(b.t, log, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", suite)
		b.openers[Received] = newOpener(b.t, log, "SERVER_HANDSHAKE_TRAFFIC_SECRET", suite)
	}
}

// rest adds an event of each kind that a handshake does not show by itself.
func (b *builder) rest() {
	tree := wire.NewTree(4)
	alert := b.buffer(BufferMessage, []byte{1, 0})
	message.DecodeAlert(alert.Bytes, tree)
	plain := 3
	b.event(&Event{Layer: LayerKey, Kind: "secret", Detail: &Secret{Label: "exp master", From: "master", Length: 32}})
	b.event(&Event{Layer: LayerKey, Kind: "install", Detail: &Keys{Direction: "read", Epoch: "application", CipherSuite: CodeOf(iana.CipherSuite(0x1301))}})
	b.event(&Event{Layer: LayerState, Kind: "connected", Detail: &State{Ref: "RFC 8446, Appendix A.1"}})
	f := finding.Passed(finding.HandshakeFinished, "the server's Finished is right")
	f.Where = finding.Where{Event: 7, Path: "finished.verify_data", Cert: &finding.Cert{Index: 0, SHA256: "00ff"}}
	b.event(&Event{Layer: LayerCheck, Kind: f.ID, Findings: []finding.Finding{f}, Detail: &Check{Subject: "CN=example.com"}})
	b.event(&Event{Layer: LayerCheck, Kind: "hostname", Findings: []finding.Finding{finding.Of(finding.Hostname)}, Detail: &Check{}})
	b.event(&Event{Dir: Received, Layer: LayerRecord, Kind: "application_data", Detail: &Record{Number: 9, Protected: true, Epoch: "application", Sequence: 1, InnerType: CodeOf(iana.Handshake), Padding: 3, Plaintext: &plain}})
	b.event(&Event{Dir: Sent, Layer: LayerData, Kind: "application_data", Detail: &Data{Length: 100, Kept: 10, Early: true}})
	b.event(&Event{Dir: Received, Layer: LayerAlert, Kind: "alert", Buf: alert, Tree: tree, Detail: &AlertDetail{Level: CodeOf(iana.Warning), Description: CodeOf(iana.AlertDescription(0))}})
	b.event(&Event{Layer: LayerNet, Kind: "closed", Detail: &Closed{How: "close_notify"}})
}

// identity is a chain of three certificates with its key.
func identity(t testing.TB, host string) tls.Certificate {
	t.Helper()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var chain tls.Certificate
	var parent *x509.Certificate
	var parentKey crypto.Signer
	for i, name := range []string{"Root", "Intermediate", host} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		tmpl := &x509.Certificate{
			SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: name, Organization: []string{"Test, Inc."}},
			NotBefore: now, NotAfter: now.AddDate(30, 0, 0), IsCA: i < 2, BasicConstraintsValid: true,
			KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		}
		if i == 2 {
			tmpl.DNSNames = []string{host}
			tmpl.ExtraExtensions = []pkix.Extension{{Id: []int{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}, Value: []byte{4, 9, 0, 7, 0, 2, 1, 1, 0, 1, 2}}}
		}
		if parent == nil {
			parent, parentKey = tmpl, key
		}
		der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, key.Public(), parentKey)
		if err != nil {
			t.Fatal(err)
		}
		parent, _ = x509.ParseCertificate(der)
		parentKey = key
		chain.Certificate = append([][]byte{der}, chain.Certificate...)
		chain.PrivateKey = key
	}
	return chain
}

// config is that of a client for example.com which trusts anybody.
func config(maxVersion uint16) *tls.Config {
	return &tls.Config{ServerName: "example.com", InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}, MaxVersion: maxVersion}
}

func encoded(t testing.TB, tr *Trace) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, tr); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// samples are traces of real handshakes: TLS 1.2 and TLS 1.3, with a chain of three certificates.
func samples(t *testing.T) map[string]*Trace {
	t.Helper()
	all := map[string]*Trace{}
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		h := handshake(t, config(v), &tls.Config{Certificates: []tls.Certificate{identity(t, "example.com")}, NextProtos: []string{"h2"}})
		tr := h.traceOf(t)
		Summarize(tr)
		all[fmt.Sprintf("%#x", v)] = tr
	}
	return all
}
