package cert

import (
	"bytes"
	"crypto/dsa" //nolint:staticcheck // the oracle reads DSA keys as that
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net"
	"reflect"
	"slices"
	"testing"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// sameAsStandardLibrary compares every field that crypto/x509 reads with ours.
func sameAsStandardLibrary(t *testing.T, der []byte) {
	t.Helper()
	want, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatalf("crypto/x509: %v", err)
	}
	got, problems := Parse(der)
	for _, p := range problems {
		t.Errorf("problem: %v", p)
	}
	same(t, "raw", got.Raw, want.Raw)
	same(t, "tbs", got.RawTBS, want.RawTBSCertificate)
	same(t, "subject", got.Subject.Raw, want.RawSubject)
	same(t, "issuer", got.Issuer.Raw, want.RawIssuer)
	same(t, "spki", got.PublicKey.Raw, want.RawSubjectPublicKeyInfo)
	same(t, "signature", got.Signature, want.Signature)
	same(t, "version", got.Version, want.Version)
	same(t, "serial", new(big.Int).SetBytes(got.Serial).String(), want.SerialNumber.String())
	same(t, "not before", got.NotBefore.Time, want.NotBefore)
	same(t, "not after", got.NotAfter.Time, want.NotAfter)
	same(t, "common name", got.Subject.CommonName(), want.Subject.CommonName)
	sameNames(t, got.Subject, want.Subject)
	sameNames(t, got.Issuer, want.Issuer)
	same(t, "extensions", len(got.Extensions), len(want.Extensions))
	for i, x := range want.Extensions {
		same(t, "extension id", got.Extensions[i].ID.String(), x.Id.String())
		same(t, "extension critical", got.Extensions[i].Critical, x.Critical)
		same(t, "extension value", got.Extensions[i].Value, x.Value)
		same(t, "extension offset", der[got.Extensions[i].Off:][:len(x.Value)], x.Value)
	}
	sameKey(t, &got.PublicKey, want.PublicKey)
	sameViews(t, got, want)
	subject, err := RawSubjectOf(der)
	same(t, "subject alone", subject, want.RawSubject)
	same(t, "subject alone", err, nil)
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, ok := got.([]byte); ok && bytes.Equal(g, want.([]byte)) {
		return
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func sameNames(t *testing.T, got Name, want pkix.Name) {
	t.Helper()
	i := 0
	for _, a := range got.Attributes() {
		if i < len(want.Names) {
			same(t, "attribute type", a.Type.String(), want.Names[i].Type.String())
			if text, ok := a.Text(); ok {
				same(t, "attribute value", text, want.Names[i].Value)
			}
		}
		i++
	}
	same(t, "attributes", i, len(want.Names))
}

func sameKey(t *testing.T, got *PublicKey, want any) {
	t.Helper()
	switch want := want.(type) {
	case *rsa.PublicKey:
		same(t, "kind", got.Kind, KeyRSA)
		same(t, "modulus", got.Modulus, want.N.Bytes())
		same(t, "exponent", got.Exponent, big.NewInt(int64(want.E)).Bytes())
		same(t, "bits", got.Bits(), want.N.BitLen())
	case *ecdsa.PublicKey:
		point, _ := want.Bytes()
		same(t, "kind", got.Kind, KeyEC)
		same(t, "curve", got.Curve.String(), want.Curve.Params().Name)
		same(t, "bits", got.Bits(), want.Curve.Params().BitSize)
		same(t, "point", got.Key, point)
	case ed25519.PublicKey:
		same(t, "kind", got.Kind, KeyEd25519)
		same(t, "key", got.Key, []byte(want))
	case *dsa.PublicKey:
		same(t, "kind", got.Kind, KeyDSA)
		for i, n := range []*big.Int{want.P, want.Q, want.G, want.Y} {
			same(t, "DSA number", [][]byte{got.P, got.Q, got.G, got.Y}[i], n.Bytes())
		}
	default:
		t.Errorf("key of type %T", want)
	}
}

func sameViews(t *testing.T, got *Certificate, want *x509.Certificate) {
	t.Helper()
	quiet := func(problems []Problem) {
		t.Helper()
		for _, p := range problems {
			t.Errorf("problem: %v", p)
		}
	}
	names, problems := got.SubjectAltName()
	quiet(problems)
	same(t, "DNS names", names.Texts(DNSName), want.DNSNames)
	same(t, "e-mail addresses", names.Texts(RFC822Name), want.EmailAddresses)
	var ips, uris []string
	for _, ip := range want.IPAddresses {
		ips = append(ips, ip.String())
	}
	for _, u := range want.URIs {
		uris = append(uris, u.String())
	}
	same(t, "addresses", names.Texts(IPAddress), ips)
	same(t, "URIs", names.Texts(URIName), uris)

	basic, problems := got.BasicConstraints()
	quiet(problems)
	same(t, "basic constraints", basic != nil, want.BasicConstraintsValid)
	if basic != nil {
		same(t, "CA", basic.CA, want.IsCA)
		same(t, "path length", basic.PathLen, want.MaxPathLen)
	}
	usage, _, problems := got.KeyUsage()
	quiet(problems)
	same(t, "key usage", int(usage), int(want.KeyUsage))
	purposes, _, problems := got.ExtKeyUsage()
	quiet(problems)
	same(t, "purposes", len(purposes), len(want.ExtKeyUsage)+len(want.UnknownExtKeyUsage))
	key, problems := got.SubjectKeyID()
	quiet(problems)
	same(t, "subject key", key, want.SubjectKeyId)
	authority, problems := got.AuthorityKeyID()
	quiet(problems)
	if authority != nil {
		same(t, "authority key", authority.KeyID, want.AuthorityKeyId)
	}
	same(t, "OCSP servers", got.OCSPServers(), want.OCSPServer)
	same(t, "issuing certificates", got.IssuingCertificateURLs(), want.IssuingCertificateURL)
	points, problems := got.CRLDistributionPoints()
	quiet(problems)
	var crls []string
	for _, p := range points {
		crls = append(crls, p.FullName.Texts(URIName)...)
	}
	same(t, "CRLs", crls, want.CRLDistributionPoints)
	samePolicies(t, got, want)
	sameConstraints(t, got, want)
}

func samePolicies(t *testing.T, got *Certificate, want *x509.Certificate) {
	t.Helper()
	policies, _, problems := got.Policies()
	same(t, "policy problems", problems, []Problem(nil))
	var ids, wanted []string
	for _, p := range policies {
		ids = append(ids, p.ID.String())
	}
	for _, p := range want.Policies {
		wanted = append(wanted, p.String())
	}
	same(t, "policies", ids, wanted)
	mappings, _ := got.PolicyMappings()
	same(t, "mappings", len(mappings), len(want.PolicyMappings))
	for i, m := range want.PolicyMappings {
		same(t, "mapped", mappings[i].Issuer.String()+mappings[i].Subject.String(), m.IssuerDomainPolicy.String()+m.SubjectDomainPolicy.String())
	}
	orMinus := func(n int, zero bool) int {
		if n == 0 && !zero {
			return -1
		}
		return n
	}
	if c, _ := got.PolicyConstraints(); c != nil {
		same(t, "explicit policy", c.RequireExplicitPolicy, orMinus(want.RequireExplicitPolicy, want.RequireExplicitPolicyZero))
		same(t, "inhibit mapping", c.InhibitPolicyMapping, orMinus(want.InhibitPolicyMapping, want.InhibitPolicyMappingZero))
	}
	n, _ := got.InhibitAnyPolicy()
	same(t, "inhibit any", n, orMinus(want.InhibitAnyPolicy, want.InhibitAnyPolicyZero))
}

func sameConstraints(t *testing.T, got *Certificate, want *x509.Certificate) {
	t.Helper()
	c, problems := got.NameConstraints()
	same(t, "constraint problems", problems, []Problem(nil))
	if c == nil {
		c = new(NameConstraints)
	}
	collect := func(trees []Subtree, kind GeneralNameKind) []string {
		var texts []string
		for _, s := range trees {
			if s.Base.Kind == kind {
				texts = append(texts, s.Base.Text())
			}
		}
		return texts
	}
	subnets := func(list []*net.IPNet) []string {
		var texts []string
		for _, n := range list {
			texts = append(texts, n.String())
		}
		return texts
	}
	same(t, "permitted DNS", collect(c.Permitted, DNSName), want.PermittedDNSDomains)
	same(t, "excluded DNS", collect(c.Excluded, DNSName), want.ExcludedDNSDomains)
	same(t, "permitted IP", collect(c.Permitted, IPAddress), subnets(want.PermittedIPRanges))
	same(t, "excluded IP", collect(c.Excluded, IPAddress), subnets(want.ExcludedIPRanges))
	same(t, "permitted e-mail", collect(c.Permitted, RFC822Name), want.PermittedEmailAddresses)
	same(t, "excluded e-mail", collect(c.Excluded, RFC822Name), want.ExcludedEmailAddresses)
	same(t, "permitted URI", collect(c.Permitted, URIName), want.PermittedURIDomains)
	same(t, "excluded URI", collect(c.Excluded, URIName), want.ExcludedURIDomains)
}

func TestRealRootsAreReadAsTheStandardLibraryReadsThem(t *testing.T) {
	n := 0
	for root := range bundle.Roots() {
		sameAsStandardLibrary(t, root.Certificate)
		n++
	}
	if n < 100 {
		t.Errorf("only %d roots", n)
	}
}

func TestNamesAreWrittenAsTheStandardLibraryWritesThem(t *testing.T) {
	short := []string{"CN", "OU", "O", "L", "C", "ST", "STREET"}
	for root := range bundle.Roots() {
		c, _ := Parse(root.Certificate)
		var rdns pkix.RDNSequence
		if _, err := asn1.Unmarshal(c.Subject.Raw, &rdns); err != nil {
			t.Fatal(err)
		}
		comparable := true // it knows fewer attribute types by a short name
		for _, a := range c.Subject.Attributes() {
			row, _ := lookupOID(a.Type)
			comparable = comparable && slices.Contains(short, row.short)
		}
		if comparable && c.Subject.String() != rdns.String() {
			t.Errorf("got %s, want %s", c.Subject, rdns)
		}
	}
}

func TestOIDsAreWrittenAsTheStandardLibraryWritesThem(t *testing.T) {
	for i := range oidTable {
		var id asn1.ObjectIdentifier
		der := append([]byte{6, byte(len(oidTable[i].der))}, oidTable[i].der...)
		if _, err := asn1.Unmarshal(der, &id); err != nil {
			t.Fatal(err)
		}
		same(t, oidTable[i].name, OID(oidTable[i].der).String(), id.String())
	}
	uuid, err := x509.ParseOID("2.25.329800735698586629295641978511506172918")
	if err != nil {
		t.Fatal(err)
	}
	der, _ := uuid.MarshalBinary()
	same(t, "UUID", OID(der).String(), uuid.String())
}
