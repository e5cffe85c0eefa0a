package verify

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// mutation is one thing done to a plan, to certificate i where it is about one.
type mutation struct {
	name  string
	check finding.ID // that must fail if the mutation stands alone; empty if nothing does
	leaf  bool       // may be done to the leaf
	above bool       // may be done to an issuer
	do    func(p *chainPlan, i int)
}

func mutations() []mutation {
	return []mutation{
		{"nothing", "", true, false, func(*chainPlan, int) {}},
		{"expired", finding.Validity, true, true, func(p *chainPlan, i int) { p.certs[i].template.NotAfter = now.Add(-day) }},
		{"not yet valid", finding.Validity, true, true, func(p *chainPlan, i int) { p.certs[i].template.NotBefore = now.Add(day) }},
		{"last second", "", true, true, func(p *chainPlan, i int) { p.certs[i].template.NotAfter = now }},
		{"first second", "", true, true, func(p *chainPlan, i int) { p.certs[i].template.NotBefore = now }},
		{"client only", finding.EKU, true, true, func(p *chainPlan, i int) {
			p.certs[i].template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}},
		{"any usage", "", true, true, func(p *chainPlan, i int) {
			p.certs[i].template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
		}},
		{"no usage named", "", true, false, func(p *chainPlan, i int) { p.certs[i].template.ExtKeyUsage = nil }},
		{"no authority", finding.BasicConstraints, false, true, func(p *chainPlan, i int) {
			p.certs[i].template.IsCA, p.certs[i].template.KeyUsage = false, 0
		}},
		{"no constraints", finding.BasicConstraints, false, true, func(p *chainPlan, i int) {
			p.certs[i].template.IsCA, p.certs[i].template.BasicConstraintsValid, p.certs[i].template.KeyUsage = false, false, 0
		}},
		{"key for CRLs only", finding.KeyUsage, false, true, func(p *chainPlan, i int) { p.certs[i].template.KeyUsage = x509.KeyUsageCRLSign }},
		{"path length 0", "", false, true, func(p *chainPlan, i int) {
			p.certs[i].template.MaxPathLen, p.certs[i].template.MaxPathLenZero = 0, true
		}},
		{"path length 1", "", false, true, func(p *chainPlan, i int) { p.certs[i].template.MaxPathLen = 1 }},
		{"other key", finding.ChainSignature, true, false, func(p *chainPlan, i int) {
			p.certs[i].signer = p.unused()
			p.certs[i].template.AuthorityKeyId = []byte{9, 9}
		}},
		{"intermediate missing", finding.ChainComplete, false, true, func(p *chainPlan, i int) { p.certs[i].omit = true }},
		{"unknown critical extension", finding.CriticalExt, true, true, func(p *chainPlan, i int) {
			p.certs[i].template.ExtraExtensions = append(p.certs[i].template.ExtraExtensions, unknownExtension(true))
		}},
		{"unknown extension", "", true, true, func(p *chainPlan, i int) {
			p.certs[i].template.ExtraExtensions = append(p.certs[i].template.ExtraExtensions, unknownExtension(false))
		}},
		{"permitted", "", false, true, func(p *chainPlan, i int) {
			p.certs[i].template.PermittedDNSDomains = []string{"example.com"}
			p.certs[i].template.PermittedDNSDomainsCritical = true
		}},
		{"not permitted", finding.NameConstraints, false, true, func(p *chainPlan, i int) { p.certs[i].template.PermittedDNSDomains = []string{"example.org"} }},
		{"partly permitted", finding.NameConstraints, false, true, func(p *chainPlan, i int) { p.certs[i].template.PermittedDNSDomains = []string{"www.example.com"} }},
		{"excluded", finding.NameConstraints, false, true, func(p *chainPlan, i int) { p.certs[i].template.ExcludedDNSDomains = []string{"www.example.com"} }},
		{"wildcard excluded", finding.NameConstraints, false, true, func(p *chainPlan, i int) { p.certs[i].template.ExcludedDNSDomains = []string{"x.apps.example.com"} }},
		{"address excluded", finding.NameConstraints, false, true, func(p *chainPlan, i int) {
			p.certs[i].template.ExcludedIPRanges = []*net.IPNet{{IP: net.IPv4(192, 0, 2, 0).To4(), Mask: net.CIDRMask(24, 32)}}
		}},
		{"address permitted", "", false, true, func(p *chainPlan, i int) {
			_, v4, _ := net.ParseCIDR("192.0.2.0/24")
			_, v6, _ := net.ParseCIDR("2001:db8::/32")
			p.certs[i].template.PermittedIPRanges = []*net.IPNet{v4, v6}
		}},
		{"any order", "", true, false, func(p *chainPlan, _ int) { p.reverse = true }},
		{"root sent", "", true, false, func(p *chainPlan, _ int) { p.sendRoot = true }},
		{"host by wildcard", "", true, false, func(p *chainPlan, _ int) { p.hostname = "a.apps.example.com" }},
		{"two labels below a wildcard", finding.Hostname, true, false, func(p *chainPlan, _ int) { p.hostname = "a.b.apps.example.com" }},
		{"domain of a wildcard", finding.Hostname, true, false, func(p *chainPlan, _ int) { p.hostname = "apps.example.com" }},
		{"wrong host", finding.Hostname, true, false, func(p *chainPlan, _ int) { p.hostname = "www.example.org" }},
		{"upper case host", "", true, false, func(p *chainPlan, _ int) { p.hostname = "WWW.Example.COM" }},
		{"address", "", true, false, func(p *chainPlan, _ int) { p.hostname = "192.0.2.7" }},
		{"IPv6 address", "", true, false, func(p *chainPlan, _ int) { p.hostname = "2001:db8:0::7" }},
		{"wrong address", finding.Hostname, true, false, func(p *chainPlan, _ int) { p.hostname = "192.0.2.8" }},
		{"common name only", finding.Hostname, true, false, func(p *chainPlan, i int) {
			p.certs[i].template.DNSNames, p.certs[i].template.IPAddresses = nil, nil
		}},
		{"no host", "", true, false, func(p *chainPlan, _ int) { p.hostname = "" }},
	}
}

// TestEachFaultIsFoundByItsCheck does one thing to a good chain, on each certificate in turn.
func TestEachFaultIsFoundByItsCheck(t *testing.T) {
	eachMutation(t, func(t *testing.T, m mutation, b built) {
		r := Verify(b.request)
		want := m.check
		if got := fmt.Sprint(failures(r)); (want == "") != (got == "[]") && !strings.HasPrefix(m.name, "path length") {
			t.Errorf("expected %q to fail, found %s", want, got)
		}
		for _, f := range r.Findings {
			if fatal(&f) && f.ID != string(want) && f.ID != string(finding.ChainPath) && f.ID != string(finding.ChainRootTrust) &&
				f.ID != string(finding.PathLen) {
				t.Errorf("expected only %q to fail, found %s: %s [%s]", want, f.ID, f.Message, f.Actual)
			}
			if f.Message == "" || f.Status == finding.Fail && (f.Expected == "" || f.Actual == "" || f.Fix == "") {
				t.Errorf("%s doesn't explain itself: %+v", f.ID, f)
			}
		}
		everyCheckOnce(t, r)
	})
}

// everyCheckOnce requires that each check has an answer.
func everyCheckOnce(t *testing.T, r Result) {
	t.Helper()
	for _, id := range Checks() {
		found := false
		for _, f := range r.Findings {
			found = found || f.ID == string(id)
		}
		if !found {
			t.Errorf("no finding of %s", id)
		}
	}
}

// eachMutation builds each mutation on each certificate that it may be done to.
func eachMutation(t *testing.T, check func(*testing.T, mutation, built)) {
	for _, m := range mutations() {
		for i := range 4 {
			if i == 0 && !m.leaf || i > 0 && !m.above || i == 3 && m.name == "intermediate missing" {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", m.name, i), func(t *testing.T) {
				p := plainPlan(2)
				m.do(p, i)
				check(t, m, p.build(t))
			})
		}
	}
}

// goAccepts is the verdict of crypto/x509.
func goAccepts(t testing.TB, r Request, roots [][]byte) bool {
	t.Helper()
	pool := func(ders [][]byte) *x509.CertPool {
		p := x509.NewCertPool()
		for _, der := range ders {
			if c, err := x509.ParseCertificate(der); err == nil {
				p.AddCert(c)
			}
		}
		return p
	}
	leaf, err := x509.ParseCertificate(r.Chain[0])
	if err != nil {
		return false
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		DNSName: r.Hostname, CurrentTime: r.Time, Roots: pool(roots), Intermediates: pool(r.Chain[1:]),
	})
	return err == nil
}

func TestGoAgreesOnEachMutation(t *testing.T) {
	eachMutation(t, func(t *testing.T, _ mutation, b built) {
		if got, want := Verify(b.request), goAccepts(t, b.request, b.roots); got.Trusted != want {
			t.Errorf("trusted: %v, crypto/x509 says %v; %v", got.Trusted, want, failures(got))
		}
	})
}

// TestGoAgreesOnAnyMixOfMutations does several things at once, to chains of every length.
func TestGoAgreesOnAnyMixOfMutations(t *testing.T) {
	all, accepted := mutations(), 0
	const rounds = 1500
	for seed := range uint64(rounds) {
		b, done := randomChain(t, rand.New(rand.NewPCG(seed, 2)), all)
		got, want := Verify(b.request), goAccepts(t, b.request, b.roots)
		if got.Trusted != want {
			t.Fatalf("seed %d, %v: trusted: %v, crypto/x509 says %v; %v", seed, done, got.Trusted, want, failures(got))
		}
		if want {
			accepted++
		}
	}
	if accepted < rounds/20 || accepted > rounds*19/20 {
		t.Errorf("%d of %d accepted: the mix doesn't test much", accepted, rounds)
	}
}

func randomChain(t testing.TB, random *rand.Rand, all []mutation) (built, []string) {
	p := plainPlan(random.IntN(4))
	var done []string
	for range 1 + random.IntN(3) {
		m, i := all[random.IntN(len(all))], random.IntN(len(p.certs))
		if i == 0 && !m.leaf || i > 0 && !m.above {
			continue
		}
		m.do(p, i)
		done = append(done, fmt.Sprintf("%s on %d of %d", m.name, i, len(p.certs)))
	}
	return p.build(t), done
}

// TestOpenSSLAgreesOnEachMutation asks openssl verify, which shares no code with us nor with crypto/x509.
func TestOpenSSLAgreesOnEachMutation(t *testing.T) {
	path, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("TLSPROBE_PEERS") == "required" {
			t.Fatal(err)
		}
		t.Skip("no openssl")
	}
	eachMutation(t, func(t *testing.T, m mutation, b built) {
		got, want := Verify(b.request), opensslAccepts(t, path, b)
		if why := opensslDiffers(m.name); (got.Trusted != want) != (why != "") {
			t.Errorf("(%s) trusted: %v, openssl says %v; %v", why, got.Trusted, want, failures(got))
		}
	})
}

// opensslDiffers says why OpenSSL's verdict is another one, where it is.
func opensslDiffers(mutation string) string {
	switch mutation {
	case "last second":
		return "for OpenSSL a certificate has expired at its notAfter; RFC 5280, Section 4.1.2.5, includes it"
	case "any usage":
		return "for OpenSSL anyExtendedKeyUsage doesn't include serverAuth"
	case "wildcard excluded":
		return "OpenSSL compares a wildcard as if it were a name"
	case "common name only":
		return "OpenSSL takes the common name where there is no subjectAltName; RFC 9525, Section 2, doesn't"
	}
	return ""
}

func opensslAccepts(t *testing.T, openssl string, b built) bool {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, ders [][]byte) string {
		var text []byte
		for _, der := range ders {
			text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := []string{
		"verify", "-purpose", "sslserver", "-attime", fmt.Sprint(b.request.Time.Unix()), "-no-CApath", "-no-CAstore",
		"-CAfile", write("roots.pem", b.roots),
	}
	if len(b.request.Chain) > 1 {
		args = append(args, "-untrusted", write("untrusted.pem", b.request.Chain[1:]))
	}
	switch host := b.request.Hostname; {
	case net.ParseIP(host) != nil:
		args = append(args, "-verify_ip", host)
	case host != "":
		args = append(args, "-verify_hostname", host)
	}
	out, err := exec.Command(openssl, append(args, write("leaf.pem", b.request.Chain[:1]))...).CombinedOutput()
	t.Logf("%s", out)
	return err == nil
}
