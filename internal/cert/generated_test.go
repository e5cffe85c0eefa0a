package cert

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net"
	"net/netip"
	"net/url"
	"testing"
	"time"
)

// fullTemplate has every extension that crypto/x509 writes.
func fullTemplate() *x509.Certificate {
	_, v4, _ := net.ParseCIDR("10.0.0.0/8")
	_, v6, _ := net.ParseCIDR("2001:db8::/32")
	policy := func(s string) x509.OID { id, _ := x509.ParseOID(s); return id }
	u, _ := url.Parse("https://example.com/path")
	return &x509.Certificate{
		SerialNumber: new(big.Int).Lsh(big.NewInt(0xff), 120),
		Subject: pkix.Name{Country: []string{"DE"}, Organization: []string{"Größe & Co", "zwei"}, CommonName: ` #a,b+c"d\e<f>;g `,
			SerialNumber: "7", ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, Value: "x"}}},
		NotBefore: time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC), NotAfter: time.Date(2061, 2, 3, 4, 5, 6, 0, time.UTC),
		DNSNames: []string{"example.com", "*.example.com", "xn--bcher-kva.example"}, EmailAddresses: []string{"a@example.com"},
		IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1).To4(), net.ParseIP("2001:db8::1")}, URIs: []*url.URL{u},
		BasicConstraintsValid: true, IsCA: true, MaxPathLen: 0, MaxPathLenZero: true,
		KeyUsage:    x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature | x509.KeyUsageDecipherOnly,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageAny}, UnknownExtKeyUsage: []asn1.ObjectIdentifier{{1, 2, 3}},
		SubjectKeyId: []byte{1, 2, 3}, OCSPServer: []string{"http://ocsp.example"}, IssuingCertificateURL: []string{"http://ca.example/ca.der"},
		CRLDistributionPoints: []string{"http://crl.example/1.crl", "http://crl.example/2.crl"},
		Policies:              []x509.OID{policy("2.23.140.1.2.1"), policy("2.5.29.32.0")},
		PolicyMappings:        []x509.PolicyMapping{{IssuerDomainPolicy: policy("1.2.3"), SubjectDomainPolicy: policy("1.2.4")}},
		RequireExplicitPolicy: 3, InhibitPolicyMappingZero: true, InhibitAnyPolicy: 2,
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: []string{"example.com", ".example.net"}, ExcludedDNSDomains: []string{"bad.example.com"},
		PermittedIPRanges: []*net.IPNet{v4}, ExcludedIPRanges: []*net.IPNet{v6}, PermittedEmailAddresses: []string{"example.com"},
		ExcludedEmailAddresses: []string{"b@example.com"}, PermittedURIDomains: []string{".example.com"}, ExcludedURIDomains: []string{"x.example"},
		ExtraExtensions: []pkix.Extension{
			{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}, Value: []byte{0x30, 3, 2, 1, 5}},
			{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}, Value: []byte{4, 4, 0, 2, 9, 9}},
			{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 3}, Critical: true, Value: []byte{5, 0}},
			{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, Value: []byte("not DER")},
		},
	}
}

func selfSigned(t testing.TB, template *x509.Certificate, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// fullCertificate is the same bytes each time: tests change some of them, and what that breaks depends on the others.
func fullCertificate(t testing.TB) []byte {
	return selfSigned(t, fullTemplate(), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
}

func TestGeneratedCertificatesAreReadAsTheStandardLibraryReadsThem(t *testing.T) {
	keys := []crypto.Signer{}
	for _, size := range []int{1024, 2048} {
		key, err := rsa.GenerateKey(rand.Reader, size)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	for _, curve := range []elliptic.Curve{elliptic.P224(), elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		key, _ := ecdsa.GenerateKey(curve, rand.Reader)
		keys = append(keys, key)
	}
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	for _, key := range append(keys, key) {
		plain := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1e9, 0), DNSNames: []string{"a"}}
		sameAsStandardLibrary(t, selfSigned(t, plain, key))
		sameAsStandardLibrary(t, selfSigned(t, fullTemplate(), key))
	}
}

func TestViewsOfWhatTheStandardLibraryLeavesOut(t *testing.T) {
	c, _ := Parse(fullCertificate(t))
	if !c.MustStaple() || !c.IsPrecertificate() || !c.IsSelfIssued() {
		t.Error("must-staple, poison or self-issued isn't seen")
	}
	if list, problems := c.SCTList(); string(list) != "\x00\x02\x09\x09" || len(problems) > 0 {
		t.Errorf("SCT list %x, %v", list, problems)
	}
	want := `1.3.6.1.4.1.99999.1=#130178,serialNumber=7,CN=\ #a\,b\+c\"d\\e\<f\>\;g\ ,O=zwei+O=Größe & Co,C=DE`
	if got := c.Subject.String(); got != want {
		t.Errorf("subject:\n%s, want\n%s", got, want)
	}
	if usage, _, _ := c.KeyUsage(); usage.String() != "digitalSignature, keyCertSign, cRLSign, decipherOnly" {
		t.Errorf("usage %v", usage)
	}
	names, _ := c.SubjectAltName()
	if ip, ok := names[4].IP(); !ok || ip != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("%v", names)
	}
	if f := c.Fingerprint(); len(f) != 64 {
		t.Error(f)
	}
	if got := c.PublicKey.String(); got != "Ed25519" || c.PublicKey.Strength() != 128 {
		t.Error(got)
	}
}

func TestEveryTruncationIsAProblemAndKeepsWhatCameBefore(t *testing.T) {
	der := fullCertificate(t)
	whole, _ := Parse(der)
	for n := range der {
		c, problems := Parse(der[:n])
		if len(problems) == 0 {
			t.Fatalf("cut after %d: no problem", n)
		}
		for _, p := range problems {
			if p.Off < 0 || p.Len < 0 || p.Off+p.Len > n {
				t.Fatalf("cut after %d: a problem at %d, %d bytes", n, p.Off, p.Len)
			}
		}
		if n > 1000 && c.Subject.String() != whole.Subject.String() {
			t.Fatalf("cut after %d: the subject is lost", n)
		}
		if _, err := RawSubjectOf(der[:n]); err == nil {
			t.Fatalf("cut after %d: a subject without its certificate", n)
		}
	}
	if _, problems := Parse(append(der, 0)); len(problems) != 1 || problems[0].Kind != Trailing || problems[0].Off != len(der) {
		t.Errorf("a byte more: %v", problems)
	}
}

// touch calls everything that reads a certificate.
func touch(c *Certificate) {
	_, _ = c.SubjectAltName()
	_, _ = c.BasicConstraints()
	_, _, _ = c.KeyUsage()
	_, _, _ = c.ExtKeyUsage()
	_, _ = c.AuthorityKeyID()
	_, _ = c.SubjectKeyID()
	_, _ = c.SCTList()
	_, _ = c.TLSFeatures()
	_, _, _ = c.Policies()
	_, _ = c.PolicyMappings()
	_, _ = c.PolicyConstraints()
	_, _ = c.InhibitAnyPolicy()
	_, _ = c.AuthorityInfoAccess()
	_, _ = c.CRLDistributionPoints()
	if n, _ := c.NameConstraints(); n != nil {
		for _, s := range append(n.Permitted, n.Excluded...) {
			_ = s.Base.String()
		}
	}
	names, _ := c.SubjectAltName()
	_ = names.String()
	_ = c.Subject.String() + c.Issuer.String() + c.PublicKey.String() + c.Subject.CommonName()
	_ = c.IsSelfIssued()
	_ = c.PublicKey.Strength()
	_, _, _ = c.SignatureAlgorithm.PSS()
}
