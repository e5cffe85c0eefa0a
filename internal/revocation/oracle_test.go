package revocation

import (
	"bytes"
	"crypto"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

func TestResponsesOfXCryptoAreJudgedAsTheyAreMeant(t *testing.T) {
	p := newPKI(t, nil)
	d := p.delegate(t, nil)
	for _, c := range []struct {
		status int
		want   Verdict
	}{{ocsp.Good, NotRevoked}, {ocsp.Revoked, Revoked}, {ocsp.Unknown, Undetermined}} {
		for _, hash := range []crypto.Hash{crypto.SHA1, crypto.SHA256, crypto.SHA384, crypto.SHA512} {
			for _, by := range []*holder{p.ca, d} {
				template := ocsp.Response{
					Status: c.status, SerialNumber: p.leaf.SerialNumber, ThisUpdate: now.Add(-day), NextUpdate: now.Add(day),
					RevokedAt: now.Add(-2 * day), RevocationReason: ocsp.Superseded, IssuerHash: hash,
				}
				if by == d {
					template.Certificate = d.Certificate
				}
				der, err := ocsp.CreateResponse(p.ca.Certificate, by.Certificate, template, by.key)
				if err != nil {
					t.Fatal(err)
				}
				s := p.subject()
				s.Staple = der
				if a := New(Evidence{Time: now}).Check(s); a.Verdict != c.want {
					t.Errorf("status %d, %s, by %s: %s: %+v", c.status, hash, by.Subject, a.Verdict, a.Statements)
				}
			}
		}
	}
}

// What we take, x/crypto can read and finds rightly signed too; it takes more, which is why we decide.
func TestWhatWeBelieveXCryptoReadsTheSameWay(t *testing.T) {
	p := newPKI(t, nil)
	stricter := 0
	for _, c := range responseCases {
		b := p.blank(t)
		c.make(t, p, b)
		der := b.sign(t)
		r, err := ocsp.ParseResponseForCert(der, p.leaf.Certificate, p.ca.Certificate)
		switch {
		case err != nil && (c.stapled == pass || c.file == fail):
			t.Errorf("%s: x/crypto: %v", c.name, err)
		case err == nil && c.stapled == pass && r.Status != ocsp.Good && !strings.Contains(c.name, "stale and good"):
			t.Errorf("%s: x/crypto: %d", c.name, r.Status)
		case err == nil && r.Status == ocsp.Good && c.stapled != pass:
			stricter++
		}
	}
	if stricter < 8 {
		t.Errorf("x/crypto refuses all but %d of what we refuse", stricter)
	}
}

// opensslCA is an authority of `openssl ca`, with a revoked and a valid certificate.
type opensslCA struct{ dir string }

const opensslConf = `[ca]
default_ca = ca
[ca]
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
default_md = sha256
default_days = 30
default_crl_days = 7
certificate = ca.pem
private_key = ca.key
policy = policy
x509_extensions = leaf
crl_extensions = crl
unique_subject = no
[policy]
commonName = supplied
[crl]
authorityKeyIdentifier = keyid
[req]
distinguished_name = dn
[dn]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:FALSE
[responder]
basicConstraints = CA:FALSE
extendedKeyUsage = OCSPSigning
keyUsage = critical,digitalSignature
`

func (ca *opensslCA) run(t *testing.T, args ...string) string {
	t.Helper()
	for i, a := range args { // openssl is run where the tests are: its files get their whole paths
		if strings.HasPrefix(a, "@") {
			args[i] = filepath.Join(ca.dir, a[1:])
		}
	}
	r := testpeer.Run(t, "", "openssl", args...)
	if r.Code != 0 {
		t.Fatalf("openssl %q: %s", args, r.Output())
	}
	return r.Output()
}

func newOpenSSLCA(t *testing.T, algorithm ...string) *opensslCA {
	t.Helper()
	testpeer.Need(t, "openssl")
	ca := &opensslCA{t.TempDir()}
	conf := opensslConf
	for _, name := range []string{"index.txt", "serial", "crlnumber", "ca.pem", "ca.key"} {
		conf = strings.ReplaceAll(conf, " = "+name+"\n", " = "+filepath.Join(ca.dir, name)+"\n")
	}
	conf = strings.ReplaceAll(conf, "new_certs_dir = .", "new_certs_dir = "+ca.dir)
	for name, text := range map[string]string{"conf": conf, "index.txt": "", "serial": "0123456789ABCDEF01\n", "crlnumber": "1000\n"} {
		if err := os.WriteFile(filepath.Join(ca.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ca.run(t, append([]string{"genpkey", "-out", "@ca.key"}, algorithm...)...)
	ca.run(t, "req", "-new", "-x509", "-config", "@conf", "-extensions", "root", "-key", "@ca.key", "-out", "@ca.pem", "-subj", "/CN=OpenSSL CA", "-days", "60")
	for _, name := range []string{"good", "bad", "held", "responder"} {
		extensions := "leaf"
		if name == "responder" {
			extensions = name
		}
		ca.run(t, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "@"+name+".key")
		ca.run(t, "req", "-new", "-config", "@conf", "-key", "@"+name+".key", "-subj", "/CN="+name, "-out", "@"+name+".csr")
		ca.run(t, "ca", "-config", "@conf", "-batch", "-notext", "-extensions", extensions, "-in", "@"+name+".csr", "-out", "@"+name+".pem")
	}
	ca.run(t, "ca", "-config", "@conf", "-revoke", "@bad.pem", "-crl_reason", "keyCompromise")
	ca.run(t, "ca", "-config", "@conf", "-revoke", "@held.pem", "-crl_hold", "holdInstructionReject")
	return ca
}

func (ca *opensslCA) read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(ca.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if block, _ := pem.Decode(data); block != nil {
		data = block.Bytes
	}
	return data
}

func (ca *opensslCA) subject(t *testing.T, name string) Subject {
	t.Helper()
	c, _ := cert.Parse(ca.read(t, name+".pem"))
	issuer, _ := cert.Parse(ca.read(t, "ca.pem"))
	return Subject{Cert: c, Issuer: issuer}
}

var opensslVerdicts = map[string]Verdict{"good": NotRevoked, "bad": Revoked, "held": Revoked}

func TestListsAndResponsesOfOpenSSLAreBelieved(t *testing.T) {
	for name, algorithm := range map[string][]string{
		"RSA": {"-algorithm", "RSA"}, "RSA-PSS": {"-algorithm", "RSA-PSS"}, "Ed25519": {"-algorithm", "ED25519"}, "Ed448": {"-algorithm", "ED448"},
	} {
		t.Run(name, func(t *testing.T) {
			ca := newOpenSSLCA(t, algorithm...)
			ca.run(t, "ca", "-config", "@conf", "-gencrl", "-out", "@crl.pem")
			l, problems := ParseCRL(ca.read(t, "crl.pem"))
			if len(problems) > 0 || l.Len() != 2 || !bytes.Equal(l.Number, []byte{0x10, 0}) {
				t.Errorf("%d entries, number %x: %v", l.Len(), l.Number, problems)
			}
			at := l.ThisUpdate.Add(time.Minute)
			for leaf, want := range opensslVerdicts {
				if a := New(Evidence{Time: at, CRLs: []*CRL{l}}).Check(ca.subject(t, leaf)); a.Verdict != want {
					t.Errorf("%s: %s: %s", leaf, a.Verdict, one(t, a, finding.RevocationCRL).Message)
				}
				for _, signer := range []string{"ca", "responder"} {
					for _, how := range [][]string{nil, {"-resp_key_id"}} {
						ca.answers(t, at, leaf, signer, want, how)
					}
				}
			}
		})
	}
}

// answers asks `openssl ocsp` as a responder, with a request of ours, and judges what it answers.
func (ca *opensslCA) answers(t *testing.T, at time.Time, leaf, signer string, want Verdict, how []string) {
	t.Helper()
	s := ca.subject(t, leaf)
	request, err := Request(s.Cert, s.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(ca.dir, "request"), request, 0o600); err != nil {
		t.Fatal(err)
	}
	ca.run(t, append([]string{"ocsp", "-index", "@index.txt", "-CA", "@ca.pem", "-rsigner", "@" + signer + ".pem", "-rkey", "@" + signer + ".key",
		"-reqin", "@request", "-respout", "@response", "-ndays", "1"}, how...)...)
	a := New(Evidence{Time: at, OCSP: [][]byte{ca.read(t, "response")}}).Check(s)
	if f := one(t, a, finding.RevocationOCSP); a.Verdict != want {
		t.Errorf("%s by %s %v: %s: %s", leaf, signer, how, f.Status, f.Message)
	}
}

func TestOpenSSLUnderstandsOurRequest(t *testing.T) {
	testpeer.Need(t, "openssl")
	p := newPKI(t, nil)
	request, err := Request(p.leaf.read(), p.ca.read())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "request")
	if err := os.WriteFile(path, request, 0o600); err != nil {
		t.Fatal(err)
	}
	out := testpeer.Run(t, "", "openssl", "ocsp", "-reqin", path, "-req_text").Output()
	if !strings.Contains(out, fmt.Sprintf("Serial Number: %02X", p.leaf.SerialNumber.Bytes())) || !strings.Contains(out, "Hash Algorithm: sha1") {
		t.Error(out)
	}
}
