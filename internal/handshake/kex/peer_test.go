package kex

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
	"errors"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// readRecord reads one TLS record, header apart.
func readRecord(t *testing.T, r io.Reader) (header, payload []byte) {
	t.Helper()
	header = make([]byte, 5)
	if _, err := io.ReadFull(r, header); err != nil {
		t.Fatal(err)
	}
	payload = make([]byte, int(header[3])<<8|int(header[4]))
	if _, err := io.ReadFull(r, payload); err != nil {
		t.Fatal(err)
	}
	return header, payload
}

// share finds a KeyShareEntry in a hello and returns its key_exchange, in place.
func share(t *testing.T, hello []byte, group iana.Group, size int) []byte {
	t.Helper()
	entry := []byte{byte(group >> 8), byte(group), byte(size >> 8), byte(size)}
	i := bytes.Index(hello, entry)
	if i < 0 || len(hello) < i+4+size {
		t.Fatalf("no key share of %v with %d bytes", group, size)
	}
	return hello[i+4 : i+4+size]
}

func serverConfig(t *testing.T, group iana.Group) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{
		Certificates:     []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		CurvePreferences: []tls.CurveID{tls.CurveID(group)}, MinVersion: tls.VersionTLS13,
	}
}

// The hello of a crypto/tls client, our share put in the place of its own, goes to a crypto/tls
// server. What the server encrypts under the handshake keys can only be opened with its secret.
func TestCryptoTLSServerAgreesWithUsInEveryGroupItHas(t *testing.T) {
	for _, group := range []iana.Group{
		iana.X25519, iana.Secp256r1, iana.Secp384r1, iana.Secp521r1,
		iana.X25519MLKEM768, iana.SecP256r1MLKEM768, iana.SecP384r1MLKEM1024,
	} {
		ours := generate(t, group, reader(1))
		info, _ := group.Info()

		a, b := net.Pipe()
		go func() {
			_ = tls.Client(a, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, CurvePreferences: []tls.CurveID{tls.CurveID(group)}}).Handshake() //nolint:gosec // no peer to verify
		}()
		header, hello := readRecord(t, b)
		_ = b.Close()
		copy(share(t, hello, group, info.ClientShareLen), ours.Public())

		c, d := net.Pipe()
		go func() { _ = tls.Server(d, serverConfig(t, group)).Handshake() }()
		if _, err := c.Write(append(header, hello...)); err != nil {
			t.Fatal(err)
		}
		_, answer := readRecord(t, c)
		secret, err := ours.Agree(share(t, answer, group, info.ServerShareLen))
		if err != nil {
			t.Fatalf("%v: %v", group, err)
		}
		header, payload := readRecord(t, c)
		if header[0] == 20 {
			header, payload = readRecord(t, c)
		}
		_ = c.Close()
		if !opens(t, secret, hello, answer, header, payload) {
			t.Errorf("%v: the first protected record does not open", group)
		}
	}
}

// opens reports whether a server's first record under the handshake keys opens with a secret.
func opens(t *testing.T, secret, hello, answer, header, payload []byte) bool {
	t.Helper()
	for _, c := range []struct {
		hash   crypto.Hash
		keyLen int
	}{{crypto.SHA256, 16}, {crypto.SHA384, 32}} {
		tr := keys.NewTranscript(1 << 16)
		if err := errors.Join(tr.Add(hello), tr.Add(answer)); err != nil {
			t.Fatal(err)
		}
		th, err := tr.Sum(c.hash)
		if err != nil {
			t.Fatal(err)
		}
		s := keys.TLS13(c.hash)
		k := s.TrafficKeys(s.Early(nil).Handshake(secret).ServerTraffic(th), c.keyLen, 12)
		block, err := aes.NewCipher(k.Key)
		if err != nil {
			t.Fatal(err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := aead.Open(nil, k.IV, payload, header); err == nil {
			return true
		}
	}
	return false
}
