package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// one returns the worst finding of a check.
func one(t testing.TB, r Result, id finding.ID) (worst finding.Finding) {
	t.Helper()
	found := false
	for _, f := range r.Findings {
		if f.ID == string(id) && (!found || finding.Worse(f.Status, worst.Status)) {
			worst, found = f, true
		}
	}
	if !found {
		t.Fatalf("no finding of %s", id)
	}
	return worst
}

// expects is the worst status of some checks.
type expects map[finding.ID]finding.Status

func (e expects) hold(t *testing.T, r Result) {
	t.Helper()
	for id, status := range e {
		if f := one(t, r, id); f.Status != status {
			t.Errorf("%s: expected %s, found %s: %s [%s]", id, status, f.Status, f.Message, f.Actual)
		}
	}
	everyCheckOnce(t, r)
}

func TestAGoodChainSaysWhatItIs(t *testing.T) {
	r := Verify(plainPlan(2).build(t).request)
	if !r.Trusted || r.Path.Anchor() == nil || len(r.Path.Certificates) != 4 {
		t.Fatalf("not trusted: %v", failures(r))
	}
	for id, message := range map[finding.ID]string{
		finding.Hostname: "matches www.example.com", finding.Validity: "until 2027-01-22, 60 days",
		finding.ChainPath: "www.example.com ← Issuing CA ← Policy CA ← Root", finding.ChainRootTrust: "Root (roots of test)",
		finding.ChainSignature: "3 signatures, ecdsa-with-SHA256", finding.EKU: "serverAuth",
	} {
		if f := one(t, r, id); f.Status != finding.Pass || f.Message != message {
			t.Errorf("%s: %s %q, expected %q", id, f.Status, f.Message, message)
		}
	}
}

func TestReasonsOfAnUntrustedChainAreToldApart(t *testing.T) {
	const fail, pass, unknown, info, skip = finding.Fail, finding.Pass, finding.Unknown, finding.Info, finding.Skip
	for _, c := range []struct {
		name string
		do   func(p *chainPlan)
		want expects
	}{
		{"unknown root, sent", func(p *chainPlan) { p.root().omit, p.sendRoot = true, true }, expects{
			finding.ChainRootTrust: fail, finding.ChainComplete: pass, finding.ChainPath: info, finding.ChainRootSent: info,
			finding.ChainSignature: pass, finding.Hostname: pass, finding.Validity: pass,
		}},
		{"unknown root, not sent", func(p *chainPlan) { p.root().omit = true }, expects{
			finding.ChainRootTrust: unknown, finding.ChainComplete: fail, finding.ChainPath: info, finding.ChainSignature: pass,
		}},
		{"missing intermediate", func(p *chainPlan) { p.certs[1].omit = true }, expects{
			finding.ChainRootTrust: unknown, finding.ChainComplete: fail, finding.ChainPath: info, finding.ChainSignature: skip,
		}},
		{"expired leaf", func(p *chainPlan) { p.leaf().template.NotAfter = now.Add(-day) }, expects{
			finding.Validity: fail, finding.ChainPath: info, finding.ChainRootTrust: pass, finding.ChainComplete: pass,
		}},
		{"expired intermediate", func(p *chainPlan) { p.certs[1].template.NotAfter = now.Add(-day) }, expects{
			finding.Validity: fail, finding.ChainPath: info, finding.ChainRootTrust: pass, finding.ChainSignature: pass,
		}},
		{"leaf expires soon", func(p *chainPlan) { p.leaf().template.NotAfter = now.Add(3 * day) }, expects{
			finding.Validity: finding.Warn, finding.ChainPath: pass,
		}},
		{"RSA 1024", func(p *chainPlan) { p.leaf().key = rsaKeys()[1024] }, expects{finding.KeyStrength: fail, finding.ChainPath: info}},
		{"P-224", func(p *chainPlan) { p.leaf().key = keyOn(t, elliptic.P224()) }, expects{finding.KeyStrength: fail}},
		{"authority as a server", func(p *chainPlan) { p.leaf().template.IsCA = true }, expects{finding.BasicConstraints: fail}},
		{"ECDSA key for encryption", func(p *chainPlan) { p.leaf().template.KeyUsage = x509.KeyUsageKeyEncipherment }, expects{finding.KeyUsage: fail}},
		{"RSA key for encryption", func(p *chainPlan) {
			p.leaf().key, p.leaf().template.KeyUsage = rsaKeys()[2048], x509.KeyUsageKeyEncipherment
		}, expects{finding.KeyUsage: finding.Warn, finding.ChainPath: pass}},
		{"other order", func(p *chainPlan) { p.reverse = true }, expects{finding.ChainOrder: finding.Warn, finding.ChainPath: pass}},
		{"precertificate", func(p *chainPlan) {
			p.leaf().template.ExtraExtensions = []pkix.Extension{{Id: []int{1, 3, 6, 1, 4, 1, 11129, 2, 4, 3}, Critical: true, Value: []byte{5, 0}}}
		}, expects{finding.CriticalExt: fail}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plainPlan(2)
			c.do(p)
			r := Verify(p.build(t).request)
			c.want.hold(t, r)
			bad := false
			for _, status := range c.want {
				bad = bad || status == fail
			}
			if r.Trusted == bad {
				t.Errorf("trusted: %v", r.Trusted)
			}
		})
	}
}

func keyOn(t testing.TB, curve elliptic.Curve) crypto.Signer {
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSHA1IsRefusedButInTheRootsOwnSignature(t *testing.T) {
	if sha1OfRoot := findRootWithSHA1(); sha1OfRoot == nil {
		t.Log("no root of the bundle is signed with SHA-1 any more")
	} else if f := sigAlgFaults(newNode(sha1OfRoot, -1)); len(f) != 1 {
		t.Error("SHA-1 isn't noticed")
	} else if f := webFaults(newNode(sha1OfRoot, -1), anchorRole); len(f) != 0 {
		t.Errorf("an anchor's own signature is asked: %v", f)
	}
}

func findRootWithSHA1() []byte {
	for _, r := range Bundled().roots {
		if c, err := x509.ParseCertificate(r.der); err == nil && c.SignatureAlgorithm == x509.SHA1WithRSA {
			return r.der
		}
	}
	return nil
}

func TestSelfSignedCertificateIsTrustedOnlyFromTheStore(t *testing.T) {
	p := plainPlan(0)
	der := p.leaf().sign(t, p.leaf())
	request := Request{Chain: [][]byte{der}, Hostname: "www.example.com", Time: now, Store: Of("test", p.root().sign(t, p.root()))}
	r := Verify(request)
	expects{
		finding.ChainRootTrust: finding.Fail, finding.ChainComplete: finding.Pass, finding.ChainSignature: finding.Skip,
		finding.Hostname: finding.Pass,
	}.hold(t, r)
	if r.Trusted || !strings.Contains(one(t, r, finding.ChainRootTrust).Message, "signed by itself, and not in the store") {
		t.Errorf("%v", failures(r))
	}
	request.Store = Of("test", der)
	if r = Verify(request); !r.Trusted {
		t.Errorf("not trusted from the store: %v", failures(r))
	}
}

// TestRootOfTheSameNameIsNotBlamed has a store with another root of the name of a certificate that is signed by itself.
func TestRootOfTheSameNameIsNotBlamed(t *testing.T) {
	for _, keyIDs := range []bool{false, true} {
		p := plainPlan(2)
		own, other := *p.leaf(), *p.root()
		own.template.Subject, other.template.Subject = pkix.Name{CommonName: "localhost"}, pkix.Name{CommonName: "localhost"}
		sent := *p.root() // of the name of the store's, with another key
		sent.key = p.unused()
		if keyIDs {
			own.template.SubjectKeyId, sent.template.SubjectKeyId = []byte{5, 5}, []byte{6, 6}
		} else {
			other.template.SubjectKeyId, sent.template.SubjectKeyId = nil, nil
		}
		p.certs[2].signer, p.certs[2].template.AuthorityKeyId = sent.key, sent.template.SubjectKeyId
		made := p.make(t)
		sentRoot, storeRoot := sent.sign(t, &sent), p.root().sign(t, p.root())
		for _, c := range []struct {
			chain   [][]byte
			root    []byte
			message string
		}{
			{[][]byte{own.sign(t, &own)}, other.sign(t, &other), "the certificate is signed by itself, and not in the store"},
			{[][]byte{made[0], made[1], made[2], sentRoot}, storeRoot, "the root Root, in which the chain ends, is not in the store"},
		} {
			request := Request{Chain: c.chain, Hostname: "www.example.com", Time: now, Store: Of("test", c.root)}
			r := Verify(request)
			expects{
				finding.ChainRootTrust: finding.Fail, finding.ChainPath: finding.Info, finding.ChainComplete: finding.Pass,
			}.hold(t, r)
			if f := one(t, r, finding.ChainSignature); f.Status == finding.Fail {
				t.Errorf("key identifiers %v: the signature is blamed: %s", keyIDs, f.Message)
			}
			if f := one(t, r, finding.ChainRootTrust); !strings.HasPrefix(f.Message, c.message) || !strings.Contains(f.Fix, "--roots") {
				t.Errorf("key identifiers %v: %q, fix %q", keyIDs, f.Message, f.Fix)
			}
			if r.Trusted || goAccepts(t, request, [][]byte{c.root}) {
				t.Error("trusted")
			}
		}
	}
}

// TestIssuerOfTheSameNameIsMissed has a certificate whose issuer has its name, and isn't sent.
func TestIssuerOfTheSameNameIsMissed(t *testing.T) {
	p := plainPlan(0)
	p.leaf().template.Subject, p.root().template.Subject = pkix.Name{CommonName: "localhost"}, pkix.Name{CommonName: "localhost"}
	p.root().template.SubjectKeyId = nil
	der := p.leaf().sign(t, p.root())
	r := Verify(Request{Chain: [][]byte{der}, Hostname: "www.example.com", Time: now, Store: Of("test")})
	expects{finding.ChainComplete: finding.Fail, finding.ChainRootTrust: finding.Unknown, finding.ChainPath: finding.Info}.hold(t, r)
}

// TestPathFailsOnlyIfNothingElseSaysWhy counts the failures: the check of the path isn't one beside another.
func TestPathFailsOnlyIfNothingElseSaysWhy(t *testing.T) {
	eachMutation(t, func(t *testing.T, _ mutation, b built) {
		failed := map[string]bool{}
		for _, f := range Verify(b.request).Findings {
			failed[f.ID] = failed[f.ID] || f.Status == finding.Fail
		}
		for id, is := range failed {
			if is && id != string(finding.ChainPath) && id != string(finding.Hostname) && failed[string(finding.ChainPath)] {
				t.Errorf("chain.path fails beside %s", id)
			}
		}
	})
}

func TestMissingIssuerIsNamedWithItsURL(t *testing.T) {
	p := plainPlan(2)
	p.leaf().template.IssuingCertificateURL = []string{"http://ca.example/issuing.crt"}
	p.certs[1].omit = true
	f := one(t, Verify(p.build(t).request), finding.ChainComplete)
	if !strings.Contains(f.Fix, "http://ca.example/issuing.crt") || f.Message != "the certificate of Issuing CA, which issued www.example.com, "+
		"was not sent and is not in the store; it should be at http://ca.example/issuing.crt" {
		t.Errorf("%+v", f)
	}
}

// TestCrossSignedChainFindsTheRootThatIsThere has an authority with two certificates: one by an expired root, one by a good one.
func TestCrossSignedChainFindsTheRootThatIsThere(t *testing.T) {
	p := plainPlan(2)
	other := *p.root()
	other.template.Subject, other.key = pkix.Name{CommonName: "Old Root"}, p.unused()
	other.template.SubjectKeyId = []byte{8, 8}
	cross := *p.certs[2]
	cross.template.SerialNumber = big.NewInt(77)
	p.extra = [][]byte{cross.sign(t, &other)}
	for _, old := range []struct {
		name    string
		expired bool
		gone    bool // the new root isn't in the store
		want    bool
	}{{"both good", false, false, true}, {"old one expired", true, false, true}, {"new one unknown", false, true, true}, {"neither", true, true, false}} {
		t.Run(old.name, func(t *testing.T) {
			q := *p
			o := other
			if old.expired {
				o.template.NotAfter = now.Add(-day)
			}
			q.roots = [][]byte{o.sign(t, &o)}
			root := *p.root()
			root.omit = old.gone
			q.certs = append(slices.Clone(p.certs[:3]), &root)
			b := q.build(t)
			r := Verify(b.request)
			if r.Trusted != old.want || goAccepts(t, b.request, b.roots) != old.want {
				t.Errorf("trusted %v: %v", r.Trusted, failures(r))
			}
			if !r.Trusted && len(r.Paths) < 2 {
				t.Errorf("%d paths explained, expected both", len(r.Paths))
			}
		})
	}
}

// TestMeshOfCrossSignedAuthoritiesEndsSoon has authorities that all certify each other, and a good root that none of them leads
// to, or one that only the last does, with constraints that no path meets.
func TestMeshOfCrossSignedAuthoritiesEndsSoon(t *testing.T) {
	const size = 11
	p := plainPlan(1)
	authorities := make([]*blueprint, size)
	for i := range authorities {
		a := *p.certs[1]
		a.key, a.template.Subject = testKeys()[i%7], pkix.Name{CommonName: fmt.Sprint("Mesh ", i)}
		a.template.SubjectKeyId, a.template.ExcludedDNSDomains = nil, nil
		authorities[i] = &a
	}
	root := *p.root()
	root.template.ExcludedDNSDomains = []string{"example.com"}
	chain := [][]byte{p.leaf().sign(t, authorities[0])}
	for i, a := range authorities {
		for j, by := range authorities {
			if i != j && len(chain) < maxCertificates-1 {
				a.template.SerialNumber = big.NewInt(int64(i*size + j + 1))
				chain = append(chain, a.sign(t, by))
			}
		}
	}
	for _, reaching := range []bool{false, true} {
		if reaching {
			chain = append(chain, authorities[3].sign(t, &root))
		}
		r := Verify(Request{Chain: chain, Hostname: "www.example.com", Time: now, Store: Of("test", root.sign(t, &root))})
		if r.Trusted || len(r.Paths) == 0 || len(r.Paths) > maxExplained {
			t.Errorf("trusted %v, %d paths", r.Trusted, len(r.Paths))
		}
		everyCheckOnce(t, r)
	}
}

func TestEmptyAndUnreadableChainsAreAnswered(t *testing.T) {
	r := Verify(Request{Time: now})
	everyCheckOnce(t, r)
	if r.Trusted {
		t.Error("nothing is trusted")
	}
	for _, junk := range [][]byte{nil, {}, {0x30}, []byte("-----BEGIN CERTIFICATE-----"), make([]byte, 70_000)} {
		r := Verify(Request{Chain: [][]byte{junk, junk}, Hostname: "a.example", Time: now, Store: Bundled(), Staples: [][]byte{junk}})
		everyCheckOnce(t, r)
		if r.Trusted {
			t.Errorf("%.10x is trusted", junk)
		}
	}
}

func TestStoreThatDistrustsAfterADateIsObeyed(t *testing.T) {
	p := plainPlan(1)
	b := p.build(t)
	store := Of("test", b.roots...)
	store.roots[0].constraint = func(chain []*x509.Certificate) error {
		if len(chain) != 3 {
			t.Errorf("%d certificates, expected 3", len(chain))
		}
		return fmt.Errorf("issued too late")
	}
	b.request.Store = store
	r := Verify(b.request)
	if f := one(t, r, finding.ChainRootTrust); r.Trusted || f.Status != finding.Fail || f.Actual != "issued too late" {
		t.Errorf("%v %+v", r.Trusted, f)
	}
}
