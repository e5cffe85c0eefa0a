package scan

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"iter"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// peers are servers that behave in one way each, on every address of 127/8.
type peers struct {
	root []byte
	port map[string]uint16
}

const peerName = "scan.test"

// serve starts them. What one of them does is done to each connection, until the client is gone.
func serve(t *testing.T) *peers {
	t.Helper()
	root, cert := identity(t)
	cfg := &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}}
	p := &peers{root: root, port: map[string]uint16{}}
	for name, do := range map[string]func(net.Conn){
		"good":   func(c net.Conn) { _ = tls.Server(c, cfg).Handshake() },
		"silent": func(net.Conn) {},
		"reset": func(c net.Conn) {
			_, _ = c.Read(make([]byte, 1)) // the client has sent its hello
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
		},
		"noise": func(c net.Conn) { _, _ = c.Write([]byte("220 mail.example ESMTP\r\n")) },
		"endless": func(c net.Conn) { // warnings in records of their own, for ever
			for b := []byte{21, 3, 3, 0, 2, 1, 90}; ; {
				if _, err := c.Write(b); err != nil {
					return
				}
			}
		},
		"stuck": func(c net.Conn) { _, _ = c.Write([]byte{22, 3, 3, 0x40, 0, 2}) }, // the begin of a long record
	} {
		l, err := net.Listen("tcp", "0.0.0.0:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		p.port[name] = uint16(l.Addr().(*net.TCPAddr).Port)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer c.Close() //nolint:errcheck // the client is gone
					do(c)
					_, _ = io.Copy(io.Discard, c)
				}()
			}
		}()
	}
	// Where one address of a port is taken, the others refuse.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p.port["refused"] = uint16(l.Addr().(*net.TCPAddr).Port)
	return p
}

// identity makes a root and a certificate for peerName.
func identity(t *testing.T) (root []byte, cert tls.Certificate) {
	t.Helper()
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "scan root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	if root, err = x509.CreateCertificate(rand.Reader, ca, ca, rootKey.Public(), rootKey); err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: peerName}, DNSNames: []string{peerName},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), rootKey)
	if err != nil {
		t.Fatal(err)
	}
	return root, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// What has to run into its timeout gets a short one, and what must not, one that no machine is too slow for.
const (
	short = 300 * time.Millisecond
	long  = 5 * time.Minute
)

func (p *peers) options() Options {
	slow := map[uint16]bool{p.port["silent"]: true, p.port["stuck"]: true}
	return Options{
		Workers: 64, PerHost: 2, Now: time.Now, Append: AppendJSON,
		Verifier: NewVerifier(verify.Of("scan", p.root), time.Time{}), Hostname: func(dial.Target) string { return peerName },
		Probe: func(t dial.Target) probe.Options {
			offer := handshake.DefaultOffer(iana.TLS12, iana.TLS13)
			offer.ServerName = peerName
			o := probe.Options{Offer: offer, Timeout: long, Rand: rand.Reader, Now: time.Now}
			if slow[t.Port] {
				o.Timeout = short
			}
			return o
		},
	}
}

// address is the n-th address of 127/8 but those that anything else uses.
func address(n int) string { return fmt.Sprintf("127.%d.%d.%d", 10+n>>16, n>>8&255, n&255) }

// numbered yields the lines that text gives for numbers from 1 to n.
func numbered(n int, text func(int) string) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		for i := 1; i <= n; i++ {
			if !yield(Line{text(i), i}, nil) {
				return
			}
		}
	}
}
