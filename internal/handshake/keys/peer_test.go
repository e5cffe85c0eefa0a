package keys

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// tapped is a connection that keeps what passes through it.
type tapped struct {
	net.Conn
	read, written bytes.Buffer
}

func (c *tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read.Write(p[:n])
	return n, err
}

func (c *tapped) Write(p []byte) (int, error) {
	c.written.Write(p)
	return c.Conn.Write(p)
}

// A record as it was on the wire.
type wireRecord struct {
	kind    byte
	header  []byte
	payload []byte
}

func records(t *testing.T, stream []byte) []wireRecord {
	t.Helper()
	var out []wireRecord
	for len(stream) > 0 {
		n := 5 + int(binary.BigEndian.Uint16(stream[3:5]))
		out = append(out, wireRecord{stream[0], stream[:5], stream[5:n]})
		stream = stream[n:]
	}
	return out
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// handshake runs crypto/tls against itself and returns the client's side of the wire, its state and
// the key log.
func handshake(t *testing.T, version uint16, suite uint16) (*tapped, tls.ConnectionState, map[string][]byte) {
	t.Helper()
	a, b := net.Pipe()
	tap := &tapped{Conn: a}
	var keyLog bytes.Buffer
	client := tls.Client(tap, &tls.Config{ //nolint:gosec // the peer is this test
		InsecureSkipVerify: true, MinVersion: version, MaxVersion: version,
		CipherSuites: []uint16{suite}, KeyLogWriter: &keyLog,
	})
	server := tls.Server(b, &tls.Config{
		Certificates: []tls.Certificate{certificate(t)}, MinVersion: version, SessionTicketsDisabled: true,
	})
	done := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, server)
		done <- err
	}()
	_, err := client.Write([]byte("hello"))
	state := client.ConnectionState()
	if err := errors.Join(err, client.Close(), <-done); err != nil {
		t.Fatal(err)
	}
	return tap, state, parseKeyLog(t, keyLog.String())
}

func parseKeyLog(t *testing.T, log string) map[string][]byte {
	t.Helper()
	secrets := map[string][]byte{}
	for line := range strings.Lines(log) {
		f := strings.Fields(line)
		if len(f) == 3 && f[0] != "#" {
			secrets[f[0]], secrets["random"] = unhex(t, f[2]), unhex(t, f[1])
		}
	}
	return secrets
}

func gcm(t *testing.T, key []byte) cipher.AEAD {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return aead
}

// open13 opens the protected records of a stream under one epoch, and stops where another begins.
func open13(t *testing.T, recs []wireRecord, k TrafficKeys) (plain []byte, rest []wireRecord) {
	t.Helper()
	aead := gcm(t, k.Key)
	seq := uint64(0)
	for i, r := range recs {
		if r.kind != 23 {
			continue
		}
		nonce := bytes.Clone(k.IV)
		for j := range 8 {
			nonce[4+j] ^= byte(seq >> (56 - 8*j))
		}
		p, err := aead.Open(nil, nonce, r.payload, r.header)
		if err != nil {
			return plain, recs[i:]
		}
		plain = append(plain, p[:len(p)-1]...)
		seq++
	}
	return plain, nil
}

func TestFinishedAndTrafficKeysOfCryptoTLSAreOpenedAndVerified(t *testing.T) {
	s := TLS13(crypto.SHA256)
	tap, _, log := handshake(t, tls.VersionTLS13, tls.TLS_AES_128_GCM_SHA256)
	sent, received := records(t, tap.written.Bytes()), records(t, tap.read.Bytes())
	// crypto/tls picks the suite by itself; its secrets tell which.
	keyLen := 16
	if len(log["CLIENT_TRAFFIC_SECRET_0"]) == 48 {
		s, keyLen = TLS13(crypto.SHA384), 32
	}
	chts := Secret{Bytes: log["CLIENT_HANDSHAKE_TRAFFIC_SECRET"]}
	shts := Secret{Bytes: log["SERVER_HANDSHAKE_TRAFFIC_SECRET"]}

	flight, _ := open13(t, received, s.TrafficKeys(shts, keyLen, 12))
	if len(flight) < 4+s.Hash.Size() {
		t.Fatalf("the server's flight could not be opened")
	}
	cut := len(flight) - 4 - s.Hash.Size()
	tr := NewTranscript(1 << 16)
	if err := errors.Join(tr.Add(sent[0].payload), tr.Choose(s.Hash), tr.Add(received[0].payload), tr.Add(flight[:cut])); err != nil {
		t.Fatal(err)
	}
	th, err := tr.Sum(s.Hash)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "server finished", s.VerifyData(shts, th), flight[cut+4:])

	if err := tr.Add(flight[cut:]); err != nil {
		t.Fatal(err)
	}
	if th, err = tr.Sum(s.Hash); err != nil {
		t.Fatal(err)
	}
	finished, rest := open13(t, sent, s.TrafficKeys(chts, keyLen, 12))
	equal(t, "client finished", s.VerifyData(chts, th), finished[4:])
	data, _ := open13(t, rest, s.TrafficKeys(Secret{Bytes: log["CLIENT_TRAFFIC_SECRET_0"]}, keyLen, 12))
	if !bytes.HasPrefix(data, []byte("hello")) {
		t.Errorf("application data opened as %q", data)
	}
}

func TestKeysExporterAndFinishedOfTLS12AreThoseOfCryptoTLS(t *testing.T) {
	for _, c := range []struct {
		suite  uint16
		hash   iana.Hash
		keyLen int
	}{
		{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, iana.HashSHA256, 16},
		{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, iana.HashSHA384, 32},
	} {
		p := prf(t, iana.TLS12, c.hash)
		tap, state, log := handshake(t, tls.VersionTLS12, c.suite)
		master := Secret{Bytes: log["CLIENT_RANDOM"]}
		tr := NewTranscript(1 << 16)
		if err := tr.Choose(p.Hash()); err != nil {
			t.Fatal(err)
		}
		sent, received := records(t, tap.written.Bytes()), records(t, tap.read.Bytes())
		clientRandom, serverRandom := log["random"], received[0].payload[6:38]
		k := p.KeyBlock(master, clientRandom, serverRandom, KeySizes{Key: c.keyLen, IV: 4})

		// ClientHello; the server's flight; ClientKeyExchange. Then, each protected, the Finished.
		add := func(r wireRecord) {
			if err := tr.Add(r.payload); err != nil {
				t.Fatal(err)
			}
		}
		add(sent[0])
		for _, r := range received {
			if r.kind != 22 {
				break
			}
			add(r)
		}
		add(sent[1])
		open := func(key, iv []byte, recs []wireRecord) []byte {
			for i, r := range recs {
				if r.kind == 20 {
					fin := recs[i+1].payload
					aad := append(make([]byte, 8), 22, 3, 3, 0, 16)
					plain, err := gcm(t, key).Open(nil, append(bytes.Clone(iv), fin[:8]...), fin[8:], aad)
					if err != nil {
						t.Fatal(err)
					}
					return plain
				}
			}
			t.Fatal("no change cipher spec")
			return nil
		}
		for _, side := range []struct {
			sender Sender
			plain  []byte
		}{{Client, open(k.ClientKey, k.ClientIV, sent)}, {Server, open(k.ServerKey, k.ServerIV, received)}} {
			want, err := p.Finished(master, side.sender, tr)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, side.sender.String(), side.plain[4:], want)
			if err := tr.Add(side.plain); err != nil {
				t.Fatal(err)
			}
		}
		for _, context := range [][]byte{nil, {}, []byte("context")} {
			want, err := state.ExportKeyingMaterial("EXPORTER-label", context, 50)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Export(master, clientRandom, serverRandom, "EXPORTER-label", context, 50)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "exporter", got, want)
		}
	}
}

// The openssl client logs EXPORTER_SECRET, which crypto/tls does not; the server of crypto/tls says
// what is exported from it.
func TestExporterOfTLS13IsThatOfCryptoTLSWithTheSecretOfOpenSSL(t *testing.T) {
	needOpenSSL(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{certificate(t)}, MinVersion: tls.VersionTLS13,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	states := make(chan tls.ConnectionState, 1)
	go func() {
		defer close(states)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		if c.(*tls.Conn).Handshake() == nil {
			states <- c.(*tls.Conn).ConnectionState()
		}
	}()
	file := filepath.Join(t.TempDir(), "keylog")
	out, err := exec.CommandContext(t.Context(), "openssl", "s_client", "-connect", l.Addr().String(), "-keylogfile", file).CombinedOutput()
	state, ok := <-states
	if !ok {
		t.Fatalf("no handshake with openssl: %v\n%s", err, out)
	}
	lines, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	exporter := Secret{Bytes: parseKeyLog(t, string(lines))["EXPORTER_SECRET"]}
	s := TLS13(crypto.SHA256)
	if len(exporter.Bytes) == 48 {
		s = TLS13(crypto.SHA384)
	}
	for _, context := range [][]byte{nil, []byte("context")} {
		want, err := state.ExportKeyingMaterial("EXPORTER-label", context, 70)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Export(exporter, "EXPORTER-label", context, 70)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "exporter", got, want)
	}
}
