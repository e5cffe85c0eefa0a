package record

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// This file holds the package against crypto/tls: sessions between its client and its server are
// captured, and opened with what their key log says. The few lines of key derivation stand here, so
// that nothing of the program is its own witness.

// session is what passed in each direction, and the key log.
type session struct {
	client, server []byte // what each side sent
	keyLog         string
	version        iana.Version
	suite          uint16
	sent           []byte // application data the client sent
	answered       []byte // application data the server sent
}

// tap is a net.Conn that remembers what is written.
type tap struct {
	net.Conn
	mu   sync.Mutex
	sent bytes.Buffer
}

func (c *tap) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.sent.Write(b)
	c.mu.Unlock()
	return c.Conn.Write(b)
}

func selfSigned(t testing.TB, ecc bool) tls.Certificate {
	t.Helper()
	var key any
	var public any
	if ecc {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		key, public = k, k.Public()
	} else {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		key, public = k, k.Public()
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"test"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// converse runs a session of crypto/tls with itself.
func converse(t *testing.T, cert tls.Certificate, version, suite uint16) session {
	t.Helper()
	a, b := net.Pipe()
	client, server := &tap{Conn: a}, &tap{Conn: b}
	var keyLog bytes.Buffer
	config := &tls.Config{
		Certificates: []tls.Certificate{cert}, InsecureSkipVerify: true, KeyLogWriter: &keyLog,
		MinVersion: version, MaxVersion: version, CipherSuites: []uint16{suite},
	}
	s := session{version: iana.Version(version), sent: bytes.Repeat([]byte("question "), 4000), answered: bytes.Repeat([]byte("answer "), 3000)}
	done := make(chan error, 1)
	go func() {
		conn := tls.Server(server, config.Clone())
		if _, err := io.ReadFull(conn, make([]byte, len(s.sent))); err != nil {
			done <- err
			return
		}
		if _, err := conn.Write(s.answered); err != nil {
			done <- err
			return
		}
		_, _ = conn.Read(make([]byte, 1)) // until close_notify
		done <- nil
	}()
	clientConfig := config.Clone()
	clientConfig.KeyLogWriter = nil
	conn := tls.Client(client, clientConfig)
	if _, err := conn.Write(s.sent); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, len(s.answered))); err != nil {
		t.Fatal(err)
	}
	s.suite = conn.ConnectionState().CipherSuite
	_ = conn.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	_ = b.Close()
	s.client, s.server, s.keyLog = client.sent.Bytes(), server.sent.Bytes(), keyLog.String()
	return s
}

// secret finds a label's secret in a key log of one session.
func secret(t *testing.T, keyLog, label string) []byte {
	t.Helper()
	for line := range strings.Lines(keyLog) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == label {
			return unhex(t, f[2])
		}
	}
	t.Fatalf("no %s in the key log", label)
	return nil
}

// pHash is P_hash of RFC 5246, Section 5.
func pHash(h func() hash.Hash, secret, seed []byte, n int) []byte {
	sum := func(parts ...[]byte) []byte {
		m := hmac.New(h, secret)
		for _, p := range parts {
			m.Write(p)
		}
		return m.Sum(nil)
	}
	var out []byte
	for a := sum(seed); len(out) < n; a = sum(a) {
		out = append(out, sum(a, seed)...)
	}
	return out[:n]
}

// keyBlock is the key block of RFC 5246, Section 6.3, with the PRF of the version.
func keyBlock(v iana.Version, h func() hash.Hash, master, clientRandom, serverRandom []byte, n int) []byte {
	seed := append(append([]byte("key expansion"), serverRandom...), clientRandom...)
	if v >= iana.TLS12 {
		return pHash(h, master, seed, n)
	}
	half := len(master) / 2
	a, b := pHash(md5.New, master[:half], seed, n), pHash(sha1.New, master[half:], seed, n)
	for i := range a {
		a[i] ^= b[i]
	}
	return a
}

// sides are the keys of both directions.
type sides struct{ client, server Keys }

// cut cuts a key block. RFC 5246, Section 6.3.
func cut(t *testing.T, v iana.Version, p iana.SuiteParams, block func(n int) []byte) sides {
	t.Helper()
	mac, key, iv, err := Lengths(v, p)
	if err != nil {
		t.Fatal(err)
	}
	b := block(2 * (mac + key + iv))
	next := func(n int) []byte { out := b[:n]; b = b[n:]; return out }
	var s sides
	s.client.MAC, s.server.MAC = next(mac), next(mac)
	s.client.Key, s.server.Key = next(key), next(key)
	s.client.IV, s.server.IV = next(iv), next(iv)
	return s
}

// traffic derives the keys of a TLS 1.3 secret. RFC 8446, Section 7.3.
func traffic(t *testing.T, p iana.SuiteParams, secret []byte) Keys {
	t.Helper()
	h := sha256.New
	if p.Hash == iana.HashSHA384 {
		h = sha512.New384
	}
	_, key, iv, err := Lengths(iana.TLS13, p)
	if err != nil {
		t.Fatal(err)
	}
	expand := func(label string, n int) []byte {
		info := binary.BigEndian.AppendUint16(nil, uint16(n))
		info = append(append(append(info, byte(6+len(label))), "tls13 "+label...), 0)
		out, err := hkdf.Expand(h, secret, string(info), n)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	return Keys{Key: expand("key", key), IV: expand("iv", iv)}
}

// direction opens what one side of a session sent and seals it again.
type direction struct {
	t      *testing.T
	name   string
	v      iana.Version
	params iana.SuiteParams
	etm    bool
	random *bytes.Buffer // gives the seals the IVs seen
	read   *ReadState
	write  *WriteState
	reseal bool // sealing again gives the same bytes
	data   []byte
	types  []iana.ContentType
	padded int // records with zeros behind their inner type
}

func (d *direction) install(k Keys) {
	d.t.Helper()
	d.random = new(bytes.Buffer)
	var err error
	if d.read, err = NewReadState(d.v, d.params, k, d.etm); err != nil {
		d.t.Fatal(err)
	}
	if d.write, err = NewWriteState(d.v, d.params, k, d.etm, d.random); err != nil {
		d.t.Fatal(err)
	}
}

// record opens one record and holds what comes of it against the record.
func (d *direction) record(r Record) Opened {
	d.t.Helper()
	before := bytes.Clone(r.Raw)
	o, err := d.read.Open(nil, r)
	if err != nil {
		d.t.Fatalf("%s: record at %d: %v", d.name, r.Offset, err)
	}
	if !bytes.Equal(r.Raw, before) {
		d.t.Fatalf("%s: Open changed the record", d.name)
	}
	if o.Unprotected {
		return o
	}
	checkRanges(d.t, o)
	if o.InnerType.Len > 0 && o.Padding > 0 {
		d.padded++
	}
	d.types = append(d.types, o.Type)
	if o.Type == iana.ApplicationData {
		d.data = append(d.data, o.Plaintext...)
	}
	if d.reseal {
		d.random.Write(o.Fragment[o.Nonce.Off:o.Nonce.End()])
		pad := o.Padding
		if o.PaddingLength.Len > 0 {
			pad = pad / blockOf(d.params) * blockOf(d.params)
		}
		sealed, err := d.write.Seal(nil, o.Type, r.Header.Version, o.Plaintext, pad)
		if err != nil || !bytes.Equal(sealed, r.Raw) {
			d.t.Fatalf("%s: record at %d of %d bytes does not seal to itself: %v", d.name, r.Offset, len(r.Raw), err)
		}
	}
	return o
}

func blockOf(p iana.SuiteParams) int {
	s, _ := shapeOf(p.Cipher)
	return s.block
}

// checkRanges asks that the parts of an opened record cover its payload once.
func checkRanges(t *testing.T, o Opened) {
	t.Helper()
	covered := make([]int, len(o.Fragment))
	for _, r := range []Range{o.Nonce, o.Content, o.InnerType, o.MAC, o.PaddingBytes, o.PaddingLength} {
		for i := r.Off; i < r.End(); i++ {
			covered[i]++
		}
	}
	for i, n := range covered {
		if n != 1 {
			t.Fatalf("byte %d of the payload belongs to %d parts: %+v", i, n, o)
		}
	}
}

func records(t *testing.T, stream []byte) []Record {
	t.Helper()
	f := NewFramer(0, false)
	out := frame(f, stream, 1400, 7)
	if f.Err() != nil || f.Buffered() != 0 {
		t.Fatalf("%d bytes are not framed: %v", f.Buffered(), f.Err())
	}
	return out
}

// open12 opens both directions of a session of TLS 1.2 or older: what comes after ChangeCipherSpec.
func open12(t *testing.T, s session, p iana.SuiteParams, etm, reseal bool) (client, server *direction) {
	t.Helper()
	h := sha256.New
	if p.Hash == iana.HashSHA384 {
		h = sha512.New384
	}
	fromClient, fromServer := records(t, s.client), records(t, s.server)
	random := func(r Record) []byte { return r.Payload()[6:38] } // of a hello
	keys := cut(t, s.version, p, func(n int) []byte {
		return keyBlock(s.version, h, secret(t, s.keyLog, "CLIENT_RANDOM"), random(fromClient[0]), random(fromServer[0]), n)
	})
	run := func(name string, rs []Record, k Keys) *direction {
		d := &direction{t: t, name: name, v: s.version, params: p, etm: etm, reseal: reseal}
		for _, r := range rs {
			switch {
			case d.read != nil:
				d.record(r)
			case r.Header.Type == iana.ChangeCipherSpec:
				d.install(k)
			}
		}
		return d
	}
	return run("client", fromClient, keys.client), run("server", fromServer, keys.server)
}

// open13 opens both directions of a session of TLS 1.3: handshake keys from the first
// application_data on, application keys behind Finished.
func open13(t *testing.T, s session, p iana.SuiteParams, reseal bool) (client, server *direction) {
	t.Helper()
	run := func(name, label string, rs []Record) *direction {
		d := &direction{t: t, name: name, v: iana.TLS13, params: p, reseal: reseal}
		finished := false
		var messages []byte
		for _, r := range rs {
			if d.read == nil && r.Header.Type == iana.ApplicationData {
				d.install(traffic(t, p, secret(t, s.keyLog, label+"_HANDSHAKE_TRAFFIC_SECRET")))
			}
			if d.read == nil {
				continue
			}
			o := d.record(r)
			if finished || o.Type != iana.Handshake {
				continue
			}
			messages = append(messages, o.Plaintext...)
			for len(messages) >= 4 {
				n := 4 + int(messages[1])<<16 + int(messages[2])<<8 + int(messages[3])
				if len(messages) < n {
					break
				}
				finished = finished || iana.HandshakeType(messages[0]) == iana.Finished
				messages = messages[n:]
			}
			if finished {
				d.install(traffic(t, p, secret(t, s.keyLog, label+"_TRAFFIC_SECRET_0")))
			}
		}
		return d
	}
	return run("client", "CLIENT", records(t, s.client)), run("server", "SERVER", records(t, s.server))
}

// suites of crypto/tls with what this package needs to know of them.
var stdSuites = []struct {
	id     uint16
	cipher iana.Cipher
	mac    iana.MAC
	hash   iana.Hash
	oldest uint16
}{
	{tls.TLS_RSA_WITH_RC4_128_SHA, iana.CipherRC4_128, iana.MACSHA1, iana.HashLegacy, tls.VersionTLS10},
	{tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA, iana.CipherRC4_128, iana.MACSHA1, iana.HashLegacy, tls.VersionTLS10},
	{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA, iana.Cipher3DES, iana.MACSHA1, iana.HashLegacy, tls.VersionTLS10},
	{tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA, iana.Cipher3DES, iana.MACSHA1, iana.HashLegacy, tls.VersionTLS10},
	{tls.TLS_RSA_WITH_AES_128_CBC_SHA, iana.CipherAES128CBC, iana.MACSHA1, iana.HashLegacy, tls.VersionTLS10},
	{tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, iana.CipherAES256CBC, iana.MACSHA1, iana.HashLegacy, tls.VersionTLS10},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, iana.CipherAES128CBC, iana.MACSHA256, iana.HashSHA256, tls.VersionTLS12},
	{tls.TLS_RSA_WITH_AES_128_GCM_SHA256, iana.CipherAES128GCM, iana.MACAEAD, iana.HashSHA256, tls.VersionTLS12},
	{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, iana.CipherAES256GCM, iana.MACAEAD, iana.HashSHA384, tls.VersionTLS12},
	{tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, iana.CipherChaCha20Poly1305, iana.MACAEAD, iana.HashSHA256, tls.VersionTLS12},
}

func TestSessionsOfCryptoTLSOpenAndSealToThemselves(t *testing.T) {
	cert := selfSigned(t, false)
	for _, suite := range stdSuites {
		for version := suite.oldest; version <= tls.VersionTLS12; version++ {
			t.Run(fmt.Sprintf("%s/%s", tls.VersionName(version), tls.CipherSuiteName(suite.id)), func(t *testing.T) {
				s := converse(t, cert, version, suite.id)
				p := iana.SuiteParams{Cipher: suite.cipher, MAC: suite.mac, Hash: suite.hash}
				client, server := open12(t, s, p, false, true)
				checkSession(t, s, client, server)
			})
		}
	}
}

func checkSession(t *testing.T, s session, client, server *direction) {
	t.Helper()
	if !bytes.Equal(client.data, s.sent) || !bytes.Equal(server.data, s.answered) {
		t.Errorf("%d bytes from the client and %d from the server, want %d and %d",
			len(client.data), len(server.data), len(s.sent), len(s.answered))
	}
	if client.types[0] != iana.Handshake || server.types[0] != iana.Handshake || client.types[len(client.types)-1] != iana.Alert {
		t.Errorf("types %v and %v", client.types, server.types)
	}
}

func TestSessionsOfCryptoTLS13OpenAndSealToThemselves(t *testing.T) {
	cert := selfSigned(t, true)
	// crypto/tls chooses the suite itself; which one, depends on the machine. The others come from openssl.
	s := converse(t, cert, tls.VersionTLS13, tls.TLS_AES_128_GCM_SHA256)
	p, ok := params13(s.suite)
	if !ok {
		t.Fatalf("suite %#04x", s.suite)
	}
	client, server := open13(t, s, p, true)
	checkSession(t, s, client, server)
}
