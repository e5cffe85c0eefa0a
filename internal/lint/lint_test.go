package lint

import (
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

var (
	asAdvice = Options{Server: true, Public: true}
	asRules  = Options{Server: true, Public: true, Strict: true}
	asRFC    = Options{Strict: true}
)

// breaches are changes to a chain that is in order, each with the lint that notices and what it comes to by strict rules.
var breaches = []struct {
	lint   finding.ID
	name   string
	change func(*chain)
	want   finding.Status // by the Baseline Requirements
	rfc    finding.Status // by RFC 5280 alone; 0: the same
}{
	{finding.LintVersion, "v1", func(c *chain) {
		c.parts[0] = func(p [][]byte) [][]byte { return p[partSerial:partExtensions] }
	}, finding.Fail, finding.Warn},
	{finding.LintVersion, "unique identifier", func(c *chain) {
		c.parts[0] = func(p [][]byte) [][]byte {
			return slices.Insert(slices.Clone(p), partExtensions, element(0x81, []byte{0, 7}))
		}
	}, finding.Fail, finding.Warn},
	{finding.LintSerialNumber, "negative", func(c *chain) { c.parts[0] = with(partSerial, element(2, []byte{0x80, 1, 2, 3, 4, 5, 6, 7, 8})) }, finding.Fail, 0},
	{finding.LintSerialNumber, "zero", func(c *chain) { c.parts[1] = with(partSerial, element(2, []byte{0})) }, finding.Fail, 0},
	{finding.LintSerialNumber, "21 octets", func(c *chain) { c.parts[0] = with(partSerial, element(2, make([]byte, 20), []byte{1})) }, finding.Fail, 0},
	{finding.LintSerialNumber, "none", func(c *chain) { c.parts[0] = with(partSerial, element(2)) }, finding.Fail, 0},
	{finding.LintSerialEntropy, "7 octets", func(c *chain) { c.certs[0].SerialNumber = big.NewInt(1<<55 - 1) }, finding.Warn, finding.Skip},
	{finding.LintAlgorithmParameters, "no NULL beside RSA", func(c *chain) {
		c.keys[0] = rsaKey(2048, 65537)
		c.parts[0] = func(p [][]byte) [][]byte {
			p = slices.Clone(p)
			p[partKey] = []byte(strings.Replace(string(p[partKey]), "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x04\x00", 1))
			return p
		}
	}, finding.Warn, 0},
	{finding.LintValidityEncoding, "GeneralizedTime in 2026", func(c *chain) {
		c.parts[0] = with(partValidity, sequence(element(0x18, []byte("20261001000000Z")), element(0x17, []byte("261101000000Z"))))
	}, finding.Warn, 0},
	{finding.LintValidityEncoding, "no seconds", func(c *chain) {
		c.parts[0] = with(partValidity, sequence(element(0x17, []byte("2610010000Z")), element(0x17, []byte("261101000000Z"))))
	}, finding.Warn, 0},
	{finding.LintValidityEncoding, "no time", func(c *chain) {
		c.parts[0] = with(partValidity, sequence(element(0x17, []byte("261001000000Z")), element(0x17, []byte("soon"))))
	}, finding.Warn, 0},
	{finding.LintValidityEncoding, "backwards", func(c *chain) {
		c.parts[0] = with(partValidity, sequence(element(0x17, []byte("261101000000Z")), element(0x17, []byte("261001000000Z"))))
	}, finding.Warn, 0},
	{finding.LintValidityPeriod, "200 days and a second", func(c *chain) { c.certs[0].NotAfter = issued.Add(200 * day) }, finding.Warn, finding.Skip},
	{finding.LintCASubject, "root", func(c *chain) { c.certs[2].Subject = pkix.Name{} }, finding.Fail, 0},
	{finding.LintSubjectAttributes, "metadata", func(c *chain) { c.certs[0].Subject.Locality = []string{" - "} }, finding.Warn, finding.Skip},
	{finding.LintSubjectAttributes, "country", func(c *chain) { c.certs[0].Subject.Country = []string{"Holland"} }, finding.Warn, finding.Skip},
	{finding.LintSubjectAttributes, "unit", func(c *chain) { c.certs[0].Subject.OrganizationalUnit = []string{"Sales"} }, finding.Warn, finding.Skip},
	{finding.LintCommonName, "case", func(c *chain) { c.certs[0].Subject.CommonName = "WWW.example.com" }, finding.Fail, finding.Skip},
	{finding.LintCommonName, "address", func(c *chain) { c.certs[0].Subject.CommonName = "8.8.4.04" }, finding.Fail, finding.Skip},
	{finding.LintCommonName, "domain of a wildcard", func(c *chain) { c.certs[0].Subject.CommonName = "shop.example.com" }, finding.Warn, finding.Skip},
	{finding.LintCommonName, "text beside addresses", func(c *chain) {
		c.certs[0].Subject.CommonName, c.certs[0].DNSNames = "the router", nil
	}, finding.Warn, finding.Skip},
	{finding.LintCommonName, "two", func(c *chain) {
		c.certs[0].Subject = pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{
			{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "www.example.com"}, {Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "www.example.com"}}}
	}, finding.Fail, finding.Skip},
	{finding.LintRSASize, "2052 bits", func(c *chain) { c.keys[2] = rsaKey(2052, 65537) }, finding.Fail, finding.Skip},
	{finding.LintRSAValues, "exponent 3", func(c *chain) { c.keys[0] = rsaKey(2048, 3) }, finding.Warn, 0},
	{finding.LintRSAValues, "even exponent", func(c *chain) { c.keys[0] = rsaKey(2048, 65536) }, finding.Warn, 0},
	{finding.LintRSAValues, "small factor", func(c *chain) {
		k := rsaKey(2048, 65537)
		k.N.Mul(k.N.Rsh(k.N, 10), big.NewInt(751))
		k.N.Add(k.N, big.NewInt(751*int64(1-k.N.Bit(0))))
		c.keys[1] = k
	}, finding.Warn, 0},
	{finding.LintAKI, "leaf without", func(c *chain) {
		c.certs[1].SubjectKeyId = nil
		extension(&c.certs[1], false, "0403010203", 2, 5, 29, 14)
	}, finding.Fail, 0},
	{finding.LintAKI, "without a key identifier", func(c *chain) { extension(&c.certs[0], false, "3003820107", 2, 5, 29, 35) }, finding.Fail, 0},
	{finding.LintAKIFields, "serial number", func(c *chain) { extension(&c.certs[0], false, "300680010182010f", 2, 5, 29, 35) }, finding.Fail, finding.Skip},
	{finding.LintAKIFields, "issuer", func(c *chain) { extension(&c.certs[0], false, "3009800101a1048202"+"6161", 2, 5, 29, 35) }, finding.Fail, finding.Skip},
	{finding.LintAKIFields, "root of another", func(c *chain) { extension(&c.certs[2], false, "3003800101", 2, 5, 29, 35) }, finding.Fail, finding.Skip},
	{finding.LintAKIFields, "root without a key identifier", func(c *chain) { extension(&c.certs[2], false, "3000", 2, 5, 29, 35) }, finding.Fail, finding.Skip},
	{finding.LintSKI, "intermediate", func(c *chain) { extension(&c.certs[1], false, "0400", 2, 5, 29, 14) }, finding.Fail, 0},
	{finding.LintNotCritical, "AKI", func(c *chain) { extension(&c.certs[0], true, "3003800101", 2, 5, 29, 35) }, finding.Fail, 0},
	{finding.LintNotCritical, "SKI", func(c *chain) { extension(&c.certs[1], true, "040101", 2, 5, 29, 14) }, finding.Fail, 0},
	{finding.LintNotCritical, "AIA", func(c *chain) {
		extension(&c.certs[0], true, "3015301306082b060105050730018607687474703a2f2f", 1, 3, 6, 1, 5, 5, 7, 1, 1)
	}, finding.Fail, 0},
	{finding.LintCritical, "basicConstraints", func(c *chain) { extension(&c.certs[2], false, "30030101ff", 2, 5, 29, 19) }, finding.Fail, 0},
	{finding.LintCritical, "policyConstraints", func(c *chain) { extension(&c.certs[1], false, "3003800100", 2, 5, 29, 36) }, finding.Fail, 0},
	{finding.LintCritical, "inhibitAnyPolicy", func(c *chain) { extension(&c.certs[1], false, "020100", 2, 5, 29, 54) }, finding.Fail, 0},
	{finding.LintCertSign, "leaf", func(c *chain) { c.certs[0].KeyUsage |= x509.KeyUsageCertSign }, finding.Fail, 0},
	{finding.LintKeyUsage, "keyEncipherment", func(c *chain) { c.certs[0].KeyUsage |= x509.KeyUsageKeyEncipherment }, finding.Warn, finding.Skip},
	{finding.LintCAKeyUsage, "none", func(c *chain) { c.certs[1].KeyUsage = 0 }, finding.Warn, 0},
	{finding.LintCAKeyUsage, "not critical", func(c *chain) { extension(&c.certs[1], false, "03020106", 2, 5, 29, 15) }, finding.Warn, 0},
	{finding.LintCAKeyUsage, "too much", func(c *chain) { c.certs[1].KeyUsage |= x509.KeyUsageKeyEncipherment }, finding.Warn, finding.Pass},
	{finding.LintEKU, "none", func(c *chain) { c.certs[0].ExtKeyUsage = nil }, finding.Fail, finding.Skip},
	{finding.LintEKU, "any", func(c *chain) { c.certs[0].ExtKeyUsage = append(c.certs[0].ExtKeyUsage, x509.ExtKeyUsageAny) }, finding.Fail, finding.Skip},
	{finding.LintEKU, "codeSigning", func(c *chain) { c.certs[0].ExtKeyUsage = append(c.certs[0].ExtKeyUsage, x509.ExtKeyUsageCodeSigning) }, finding.Fail, finding.Skip},
	{finding.LintEKU, "not serverAuth", func(c *chain) { c.certs[0].ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, finding.Fail, finding.Skip},
	{finding.LintEKU, "critical", func(c *chain) { extension(&c.certs[0], true, "300a06082b06010505070301", 2, 5, 29, 37) }, finding.Fail, finding.Skip},
	{finding.LintEKU, "root", func(c *chain) { c.certs[2].ExtKeyUsage = c.certs[0].ExtKeyUsage }, finding.Fail, finding.Skip},
	{finding.LintNameConstraints, "leaf", func(c *chain) {
		extension(&c.certs[0], true, "300fa00d300b820965"+hex.EncodeToString([]byte("xample.c")), 2, 5, 29, 30)
	}, finding.Fail, 0},
	{finding.LintNameConstraints, "empty", func(c *chain) { extension(&c.certs[1], true, "3000", 2, 5, 29, 30) }, finding.Fail, 0},
	{finding.LintNameConstraints, "dot", func(c *chain) { c.certs[1].PermittedDNSDomains = []string{".example.com"} }, finding.Fail, 0},
	{finding.LintNameConstraints, "minimum", func(c *chain) { extension(&c.certs[1], true, "300aa0083006820161800101", 2, 5, 29, 30) }, finding.Fail, 0},
	{finding.LintNameConstraintsCritical, "not critical", func(c *chain) { c.certs[1].PermittedDNSDomainsCritical = false }, finding.Warn, finding.Fail},
	{finding.LintSAN, "none", func(c *chain) { c.certs[0].DNSNames, c.certs[0].IPAddresses = nil, nil }, finding.Warn, finding.Skip},
	{finding.LintSAN, "e-mail", func(c *chain) { c.certs[0].EmailAddresses = []string{"a@example.com"} }, finding.Warn, finding.Skip},
	{finding.LintSAN, "URI", func(c *chain) { c.certs[0].URIs = []*url.URL{{Scheme: "https", Host: "example.com"}} }, finding.Warn, finding.Skip},
	{finding.LintSAN, "empty", func(c *chain) { extension(&c.certs[0], false, "3000", 2, 5, 29, 17) }, finding.Warn, finding.Skip},
	{finding.LintSAN, "twice", func(c *chain) { c.certs[0].DNSNames = append(c.certs[0].DNSNames, "www.example.com") }, finding.Info, finding.Skip},
	{finding.LintSANCritical, "critical", func(c *chain) { extension(&c.certs[0], true, "300382"+"0161", 2, 5, 29, 17) }, finding.Fail, finding.Pass},
	{finding.LintSANCritical, "not critical", func(c *chain) {
		c.certs[0].Subject = pkix.Name{}
		extension(&c.certs[0], false, "300382"+"0161", 2, 5, 29, 17)
	}, finding.Fail, 0},
	{finding.LintSANDNS, "underscore", func(c *chain) { c.certs[0].DNSNames[0] = "a_b.example.com" }, finding.Fail, 0},
	{finding.LintSANDNS, "address", func(c *chain) { c.certs[0].DNSNames[0] = "192.0.2.1" }, finding.Fail, 0},
	{finding.LintSANDNS, "dot at the end", func(c *chain) { c.certs[0].DNSNames[0] = "www.example.com." }, finding.Fail, 0},
	{finding.LintSANWildcard, "public suffix", func(c *chain) { c.certs[0].DNSNames[1] = "*.co.uk" }, finding.Fail, finding.Skip},
	{finding.LintSANWildcard, "top-level domain", func(c *chain) { c.certs[0].DNSNames[1] = "*.lan" }, finding.Fail, finding.Skip},
	{finding.LintSANWildcard, "part of a label", func(c *chain) { c.certs[0].DNSNames[1] = "w*.example.com" }, finding.Fail, finding.Skip},
	{finding.LintSANWildcard, "second label", func(c *chain) { c.certs[0].DNSNames[1] = "*.*.example.com" }, finding.Fail, finding.Skip},
	{finding.LintSANWildcard, "alone", func(c *chain) { c.certs[0].DNSNames[1] = "*" }, finding.Fail, finding.Skip},
	{finding.LintSANWildcard, "customers of one", func(c *chain) { c.certs[0].DNSNames[1] = "*.github.io" }, finding.Info, finding.Skip},
	{finding.LintSANIDN, "no punycode", func(c *chain) { c.certs[0].DNSNames[2] = "xn--0.example.com" }, finding.Warn, finding.Skip},
	{finding.LintSANIDN, "all ASCII", func(c *chain) { c.certs[0].DNSNames[2] = "xn--abc-.example.com" }, finding.Warn, finding.Skip},
	{finding.LintSANIDN, "reserved", func(c *chain) { c.certs[0].DNSNames[2] = "ab--cd.example.com" }, finding.Warn, finding.Skip},
	{finding.LintSANInternal, "single label", func(c *chain) { c.certs[0].DNSNames[0] = "mail" }, finding.Warn, finding.Skip},
	{finding.LintSANInternal, ".local", func(c *chain) { c.certs[0].DNSNames[0] = "mail.local" }, finding.Warn, finding.Skip},
	{finding.LintSANInternal, "reverse zone", func(c *chain) { c.certs[0].DNSNames[0] = "4.4.8.8.in-addr.arpa" }, finding.Warn, finding.Skip},
	{finding.LintSANInternal, "private address", func(c *chain) { c.certs[0].IPAddresses[0] = net.IPv4(10, 0, 0, 1) }, finding.Warn, finding.Skip},
	{finding.LintSANInternal, "documentation", func(c *chain) { c.certs[0].IPAddresses[1] = net.ParseIP("2001:db8::1") }, finding.Warn, finding.Skip},
	{finding.LintPolicyOID, "none", func(c *chain) { c.certs[0].Policies = nil }, finding.Warn, finding.Skip},
	{finding.LintPolicyOID, "any", func(c *chain) { c.certs[0].Policies = []x509.OID{oid(2, 5, 29, 32, 0)} }, finding.Warn, finding.Skip},
	{finding.LintPolicyOID, "two", func(c *chain) {
		c.certs[0].Policies = append(c.certs[0].Policies, oid(2, 23, 140, 1, 1))
	}, finding.Warn, finding.Skip},
	{finding.LintRevocationPointers, "leaf", func(c *chain) { c.certs[0].OCSPServer = nil }, finding.Warn, finding.Skip},
	{finding.LintRevocationPointers, "intermediate", func(c *chain) { c.certs[1].CRLDistributionPoints = nil }, finding.Warn, finding.Skip},
	{finding.LintURLScheme, "OCSP by https", func(c *chain) { c.certs[0].OCSPServer = []string{"https://ocsp.example.com"} }, finding.Warn, finding.Skip},
	{finding.LintURLScheme, "CRL by LDAP", func(c *chain) { c.certs[1].CRLDistributionPoints = []string{"ldap://example.com/cn=crl"} }, finding.Warn, finding.Skip},
}

// rsaKey returns a public key whose modulus has no small factor; it is no product of two primes, and nothing needs it to be.
func rsaKey(bits, exponent int) *rsa.PublicKey {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	for n.Add(n, big.NewInt(1)); smallFactor(n.Bytes()) != 0; n.Add(n, big.NewInt(2)) {
		continue
	}
	return &rsa.PublicKey{N: n, E: exponent}
}

func TestAChainThatIsInOrderPassesEveryLint(t *testing.T) {
	c := plain()
	c.keys[0], c.keys[1] = rsaKey(2048, 65537), rsaKey(3072, 65537)
	for _, o := range []Options{asAdvice, asRules} {
		for _, f := range Check(c.subjects(t), o) {
			if f.Status != finding.Pass || f.Severity != finding.None || f.Fix != "" {
				t.Errorf("%s is %s: %s", f.ID, f.Status, f.Message)
			}
		}
	}
}

func TestEveryBreachIsFoundByItsLint(t *testing.T) {
	for _, b := range breaches {
		c := plain()
		b.change(c)
		subjects := c.subjects(t)
		rfc := b.rfc
		if rfc == 0 {
			rfc = b.want
		}
		advice := b.want
		if advice == finding.Fail {
			advice = finding.Warn
		}
		for _, w := range []struct {
			rules string
			o     Options
			want  finding.Status
		}{{"strict", asRules, b.want}, {"advice", asAdvice, advice}, {"RFC 5280", asRFC, rfc}} {
			found := byID(Check(subjects, w.o), b.lint)
			if len(found) == 0 || found[0].Status != w.want {
				t.Errorf("%s, %s, %s: %+v", b.lint, b.name, w.rules, found)
				continue
			}
			f := found[0]
			said := f.Message != "" && f.Ref != "" && (f.Status == finding.Pass || f.Status == finding.Skip || f.Expected != "" && f.Actual != "" && f.Where.Cert != nil)
			if !said || strings.ContainsAny(f.Message, "\n") || (f.Severity != finding.None) != (f.Status == finding.Fail || f.Status == finding.Warn) {
				t.Errorf("%s, %s, %s: %+v", b.lint, b.name, w.rules, f)
			}
		}
	}
}

// TestEveryLintHasARowAndABreach also holds that strict rows have a breach that fails, and the others none.
func TestEveryLintHasARowAndABreach(t *testing.T) {
	rows := finding.Lints()
	if len(rows) != len(table) {
		t.Fatalf("%d rows and %d lints", len(rows), len(table))
	}
	for i, row := range rows {
		if row.ID != table[i].id {
			t.Errorf("lint %d is %s in finding and %s here", i, row.ID, table[i].id)
		}
		var found, fails, profile bool
		for _, b := range breaches {
			if b.lint == row.ID {
				found = true
				fails = fails || b.want == finding.Fail
				profile = profile || b.rfc == finding.Fail || b.rfc == 0 && b.want == finding.Fail
			}
		}
		if !found || fails != (row.Strict&finding.StrictBaseline != 0) || profile != (row.Strict&finding.StrictProfile != 0) {
			t.Errorf("%s: a breach %v, one that fails %v, by RFC 5280 %v", row.ID, found, fails, profile)
		}
		if _, ok := finding.Lookup(row.ID); !ok || row.Status != finding.Warn || row.Meaning == "" || row.Fix == "" || row.Ref == "" {
			t.Errorf("%+v", row)
		}
	}
}

func TestALintWithoutASubjectIsSkippedAndSaysWhy(t *testing.T) {
	for _, subjects := range [][]Subject{nil, plain().subjects(t)[2:]} {
		list := Check(subjects, asRules)
		if len(list) != len(table) {
			t.Errorf("%d findings", len(list))
		}
		for _, f := range list {
			if f.Message == "" || f.Status != finding.Skip && (len(subjects) == 0 || f.Status != finding.Pass) {
				t.Errorf("%+v", f)
			}
		}
	}
}

func TestAnExtensionThatCannotBeReadIsUnknownAndNotFine(t *testing.T) {
	c := plain()
	extension(&c.certs[0], false, "300582", 2, 5, 29, 17)
	list := Check(c.subjects(t), asRules)
	for _, id := range []finding.ID{finding.LintSANDNS, finding.LintSANWildcard, finding.LintSANIDN} {
		found := byID(list, id)
		if len(found) != 1 || found[0].Status != finding.Unknown || found[0].Message != "the subjectAltName of www.example.com can't be read" {
			t.Errorf("%s: %+v", id, found)
		}
	}
}

func TestAStoreWithABadRootIsToldThatOnlyItsAuthorityCanChangeIt(t *testing.T) {
	c := plain()
	c.certs[2].ExtKeyUsage = c.certs[0].ExtKeyUsage
	subjects := c.subjects(t)
	if f := byID(Check(subjects, asRules), finding.LintEKU); !strings.HasPrefix(f[0].Fix, "only the authority") {
		t.Errorf("%+v", f)
	}
	subjects[2].Sent = true
	if f := byID(Check(subjects, asRules), finding.LintEKU); strings.HasPrefix(f[0].Fix, "only the authority") {
		t.Errorf("%+v", f)
	}
}

func TestOneFindingForEachCertificateUpToABound(t *testing.T) {
	c := plain()
	c.certs[1].KeyUsage = 0
	s := c.subjects(t)[1]
	for _, n := range []int{1, 3, 8, 20} {
		if got := byID(Check(slices.Repeat([]Subject{s}, n), asRules), finding.LintCAKeyUsage); len(got) != min(n, maxPerLint) {
			t.Errorf("%d certificates, %d findings", n, len(got))
		}
	}
}

// TestThePeriodThatIsAllowedDependsOnTheDay has the days of BR 6.3.2, Table.
func TestThePeriodThatIsAllowedDependsOnTheDay(t *testing.T) {
	for _, p := range []struct {
		issued string
		days   int
		want   verdict
	}{
		{"2017-01-01", 1000, unconcerned}, {"2019-01-01", 825, fine}, {"2019-01-01", 826, breach}, {"2020-09-01", 398, fine}, {"2026-03-14", 398, fine}, {"2026-03-14", 399, breach},
		{"2026-03-15", 200, fine}, {"2026-03-15", 201, breach}, {"2027-03-14", 200, fine}, {"2027-03-15", 100, fine}, {"2027-03-15", 101, breach},
		{"2029-03-14", 100, fine}, {"2029-03-15", 47, fine}, {"2029-03-15", 48, breach},
	} {
		from, err := time.Parse(time.DateOnly, p.issued)
		if err != nil {
			t.Fatal(err)
		}
		c := &cert.Certificate{NotBefore: cert.Time{Time: from}, NotAfter: cert.Time{Time: from.Add(time.Duration(p.days)*day - time.Second)}}
		if v, f := validityPeriod(&subject{Certificate: c}, &asRules); v != p.want {
			t.Errorf("%s, %d days: %v %+v", p.issued, p.days, v, f)
		}
	}
}

func TestAShortLivedCertificateNeedsNoRevocation(t *testing.T) {
	c := plain()
	c.certs[0].NotAfter, c.certs[0].OCSPServer = issued.Add(7*day-time.Second), nil
	c.count = 1
	c.roles[0] = Leaf
	if f := byID(Check(c.subjects(t)[:1], Options{Server: true, Public: true, Strict: true}), finding.LintRevocationPointers); f[0].Status != finding.Skip {
		t.Errorf("%+v", f)
	}
	c.certs[0].NotAfter = issued.Add(7 * day)
	if f := byID(Check(c.subjects(t)[:1], Options{Server: true, Public: true, Strict: true}), finding.LintRevocationPointers); f[0].Status != finding.Warn {
		t.Errorf("%+v", f)
	}
}

func TestDNSNamesInAnyFormAreToldApart(t *testing.T) {
	long := strings.Repeat("a", 63)
	for name, ok := range map[string]bool{
		"example.com": true, "EXAMPLE.com": true, "a-b.example.com": true, "1.example.com": true, "xn--bcher-kva.example": true, "*.example.com": true, "localhost": true,
		long + ".com": true, long + "a.com": false, strings.Repeat(long+".", 3) + long[:61]: true, strings.Repeat(long+".", 3) + long[:62]: false,
		"": false, ".": false, ".example.com": false, "example..com": false, "example.com.": false, "-a.com": false, "a-.com": false, "a b.com": false, "a_b.com": false,
		"b\u00fccher.example": false, "a.com\x00": false, "192.0.2.1": false, "1.2.3": false, "::1": false, "a.1": false,
	} {
		if why := malformed([]byte(name)); (why == "") != ok {
			t.Errorf("%q: %q", name, why)
		}
	}
}

func TestReservedNetworksAreNetworks(t *testing.T) {
	for _, text := range reserved {
		if p, err := netip.ParsePrefix(text); err != nil || p.Masked() != p {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestSmallFactorsAreThoseOfBigInt compares with division by every prime below 752.
func TestSmallFactorsAreThoseOfBigInt(t *testing.T) {
	n := new(big.Int).Lsh(big.NewInt(1), 1025)
	primes := 0
	for p := int64(2); p < 752; p++ {
		if !big.NewInt(p).ProbablyPrime(0) {
			continue
		}
		primes++
		product := new(big.Int).Mul(rsaKey(1031, 3).N, big.NewInt(p))
		if got := smallFactor(product.Bytes()); got != uint64(p) {
			t.Errorf("%d: %d", p, got)
		}
	}
	for range 500 {
		n.Add(n, big.NewInt(1))
		want := uint64(0)
		for p := int64(2); p < 752 && want == 0; p++ {
			if big.NewInt(p).ProbablyPrime(0) && new(big.Int).Mod(n, big.NewInt(p)).Sign() == 0 {
				want = uint64(p)
			}
		}
		if got := smallFactor(n.Bytes()); got != want {
			t.Errorf("%v: %d, not %d", n, got, want)
		}
	}
	if primes != 133 {
		t.Errorf("%d primes", primes)
	}
}
