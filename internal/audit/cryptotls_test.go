package audit_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// identity returns a certificate of its own for example.test and 127.0.0.1.
var identities = struct{ rsa, ecdsa func() tls.Certificate }{
	sync.OnceValue(func() tls.Certificate {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		return selfSigned(key, &key.PublicKey, err)
	}),
	sync.OnceValue(func() tls.Certificate {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		return selfSigned(key, &key.PublicKey, err)
	}),
}

func selfSigned(key, public any, err error) tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"example.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
	}
	if err != nil {
		panic(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// serve runs a server of crypto/tls that has an empty page, until the test ends, and returns its address.
func serve(t testing.TB, cfg *tls.Config) string {
	return talk(t, cfg, func(s *tls.Conn) {
		if n, _ := s.Read(make([]byte, 1<<10)); n > 0 {
			_, _ = s.Write([]byte("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"))
		}
	})
}

// options are those of an enumeration of an address.
func options(t testing.TB, addr string) audit.Options {
	t.Helper()
	target, err := dial.ParseTarget(addr)
	if err != nil {
		t.Fatal(err)
	}
	return audit.Options{
		Target: target, Input: addr, SNI: "example.test", PerHost: 4, Timeout: 10 * time.Second,
		Rand: rand.Reader, Now: time.Now, At: time.Unix(1<<30, 0), Tool: trace.Tool{Name: "tlsprobe", Version: "test"},
	}
}

// enumerate asks an address.
func enumerate(t testing.TB, addr string, change func(*audit.Options)) *audit.Document {
	t.Helper()
	o := options(t, addr)
	if change != nil {
		change(&o)
	}
	d, err := audit.Enumerate(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// protocol returns what was found out about a version.
func protocol(t testing.TB, d *audit.Document, version uint16) *audit.Protocol {
	t.Helper()
	for i := range d.Protocols {
		if d.Protocols[i].Version.Value == uint64(version) {
			return &d.Protocols[i]
		}
	}
	t.Fatalf("nothing about %x", version)
	return nil
}

// suites returns the values of the suites of a version, in order.
func suites(t testing.TB, d *audit.Document, version uint16) (list []uint16) {
	for _, s := range protocol(t, d, version).Suites {
		list = append(list, uint16(s.Suite.Value))
	}
	return list
}

// groups returns the groups of TLS 1.3, or of what is before.
func groups(d *audit.Document, since13 bool) (list []uint16) {
	for _, l := range d.Groups {
		if (l.Version.Value >= tls.VersionTLS13) != since13 {
			continue
		}
		for _, g := range l.Groups {
			list = append(list, uint16(g.Group.Value))
		}
	}
	return list
}

// question returns the answer to a question.
func question(t testing.TB, d *audit.Document, id string) audit.Question {
	t.Helper()
	for _, q := range d.Questions {
		if q.ID == id {
			return q
		}
	}
	t.Fatalf("nobody asked %s", id)
	return audit.Question{}
}

// complete fails the test for what should have been answered.
func complete(t testing.TB, d *audit.Document) {
	t.Helper()
	for _, q := range d.Unanswered() {
		t.Errorf("%s is unknown: %s", q.ID, q.Answer.Reason)
	}
}

func TestEverySuiteOfCryptoTLSIsFound(t *testing.T) {
	both := []tls.Certificate{identities.ecdsa(), identities.rsa()}
	var old []uint16
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		old = append(old, s.ID)
	}
	d := enumerate(t, serve(t, &tls.Config{
		Certificates: both, MinVersion: tls.VersionTLS10, CipherSuites: old, NextProtos: []string{"h2", "http/1.1"},
	}), nil)
	complete(t, d)
	for _, v := range []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13} {
		var want []uint16
		for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
			if slices.Contains(s.SupportedVersions, v) {
				want = append(want, s.ID)
			}
		}
		got := suites(t, d, v)
		slices.Sort(want)
		sorted := slices.Sorted(slices.Values(got))
		if !slices.Equal(sorted, want) {
			t.Errorf("%x: %x, want %x", v, sorted, want)
		}
		if p := protocol(t, d, v); p.Preference != audit.PreferServer {
			t.Errorf("%x: the order is that of %s", v, p.Preference)
		}
	}
	if d.Cost.Connections > 200 {
		t.Errorf("%d connections", d.Cost.Connections)
	}
}
