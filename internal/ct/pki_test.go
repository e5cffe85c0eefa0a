package ct

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// now is the time of verification in these tests.
var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var testKeys = sync.OnceValue(func() (k struct {
	ca, other, leaf, log *ecdsa.PrivateKey
	rsaLog               *rsa.PrivateKey
}) {
	for _, p := range []**ecdsa.PrivateKey{&k.ca, &k.other, &k.leaf, &k.log} {
		*p = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	}
	k.rsaLog = must(rsa.GenerateKey(rand.Reader, 2048))
	return k
})

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// testLog is a log of our own, which signs by RFC 6962, Section 3.2, in code that shares nothing with what is tested.
type testLog struct {
	key        crypto.Signer
	extensions []byte
}

func (l testLog) spki() []byte { return must(x509.MarshalPKIXPublicKey(l.key.Public())) }

func (l testLog) id() LogID { return sha256.Sum256(l.spki()) }

// sign gives a timestamp for an entry: kind 0 with a certificate, kind 1 with the hash of the issuer's key and a TBSCertificate.
func (l testLog) sign(at time.Time, kind byte, issuerKey, der []byte) []byte {
	signed := []byte{0, 0}
	signed = binary.BigEndian.AppendUint64(signed, uint64(at.UnixMilli()))
	signed = append(signed, 0, kind)
	if kind == 1 {
		hash := sha256.Sum256(issuerKey)
		signed = append(signed, hash[:]...)
	}
	signed = append(signed, byte(len(der)>>16), byte(len(der)>>8), byte(len(der)))
	signed = append(signed, der...)
	signed = append(signed, byte(len(l.extensions)>>8), byte(len(l.extensions)))
	signed = append(signed, l.extensions...)
	digest := sha256.Sum256(signed)
	signature := must(l.key.Sign(rand.Reader, digest[:], crypto.SHA256))
	algorithm := []byte{4, 3}
	if _, ok := l.key.(*rsa.PrivateKey); ok {
		algorithm = []byte{4, 1}
	}
	id := l.id()
	sct := append([]byte{0}, id[:]...)
	sct = binary.BigEndian.AppendUint64(sct, uint64(at.UnixMilli()))
	sct = binary.BigEndian.AppendUint16(sct, uint16(len(l.extensions)))
	sct = append(append(sct, l.extensions...), algorithm...)
	sct = binary.BigEndian.AppendUint16(sct, uint16(len(signature)))
	return append(sct, signature...)
}

// listOf puts timestamps into a list.
func listOf(scts ...[]byte) []byte {
	list := []byte{0, 0}
	for _, sct := range scts {
		list = binary.BigEndian.AppendUint16(list, uint16(len(sct)))
		list = append(list, sct...)
	}
	binary.BigEndian.PutUint16(list, uint16(len(list)-2))
	return list
}

var oidSCTList = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}

// template is a leaf that lives from 20 days before now for a number of days.
func template(days int) *x509.Certificate {
	from := now.AddDate(0, 0, -20)
	return &x509.Certificate{
		SerialNumber: big.NewInt(0x1234567), Subject: pkix.Name{CommonName: "leaf.test"}, DNSNames: []string{"leaf.test"},
		NotBefore: from, NotAfter: from.Add(time.Duration(days)*day - time.Second), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}

func authority(key *ecdsa.PrivateKey) *x509.Certificate {
	t := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, NotBefore: now.AddDate(-1, 0, 0),
		NotAfter: now.AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true, SubjectKeyId: []byte{1, 2, 3, 4},
	}
	return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, t, t, key.Public(), key))))
}

// issue makes a certificate out of a template, with more extensions.
func issue(t *x509.Certificate, ca *x509.Certificate, extensions ...pkix.Extension) *x509.Certificate {
	with := *t
	with.ExtraExtensions = append(append([]pkix.Extension{}, t.ExtraExtensions...), extensions...)
	k := testKeys()
	return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, &with, ca, k.leaf.Public(), k.ca))))
}

func sctExtension(list []byte) pkix.Extension {
	return pkix.Extension{Id: oidSCTList, Value: must(asn1.Marshal(list))}
}

// issueLogged makes a certificate with embedded timestamps of logs.
func issueLogged(t *x509.Certificate, ca *x509.Certificate, at time.Time, logs ...testLog) *x509.Certificate {
	tbs := issue(t, ca).RawTBSCertificate
	var scts [][]byte
	for _, l := range logs {
		scts = append(scts, l.sign(at, 1, ca.RawSubjectPublicKeyInfo, tbs))
	}
	return issue(t, ca, sctExtension(listOf(scts...)))
}

func read(c *x509.Certificate) *cert.Certificate {
	parsed, _ := cert.Parse(c.Raw)
	return parsed
}

// known is a list of logs, fresh at the time of verification.
func known(logs ...Log) *Logs {
	l := &Logs{Version: "1", Date: now.Add(-day), Source: "a test"}
	for _, log := range logs {
		log.ID = sha256.Sum256(log.Key)
		l.add(log)
	}
	return l
}

// listed is a usable log with an operator of its own.
func (l testLog) listed(name string) Log {
	return Log{Key: l.spki(), Description: name, Operator: name + " Inc.", State: StateUsable, Since: now.AddDate(-1, 0, 0)}
}

// ordinary is a certificate with timestamps of two known logs, one of which signs with RSA.
func ordinary(t testing.TB) Request {
	t.Helper()
	k := testKeys()
	ca := authority(k.ca)
	a, b := testLog{key: k.log}, testLog{key: k.rsaLog}
	leaf := issueLogged(template(90), ca, now.AddDate(0, 0, -20), a, b)
	return Request{Leaf: read(leaf), Issuer: read(ca), Time: now, Logs: known(a.listed("A"), b.listed("B"))}
}
