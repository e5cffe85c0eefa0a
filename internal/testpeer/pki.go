package testpeer

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// KeyKind is a kind of key that a server's certificate may have.
type KeyKind string

// The kinds. Those for which crypto/x509 makes no certificates are why openssl makes them all.
const (
	RSA2048    KeyKind = "rsa2048"
	RSA1024    KeyKind = "rsa1024"
	RSA512     KeyKind = "rsa512"
	RSAPSS2048 KeyKind = "rsapss2048" // a key for RSASSA-PSS alone
	ECDSAP256  KeyKind = "p256"
	ECDSAP384  KeyKind = "p384"
	ECDSAP521  KeyKind = "p521"
	Ed25519    KeyKind = "ed25519"
	Ed448      KeyKind = "ed448"
	DSA1024    KeyKind = "dsa1024"
)

// recipe returns the arguments of `openssl genpkey`.
func (k KeyKind) recipe() []string {
	rsa := func(algorithm, bits string) []string {
		return []string{"-algorithm", algorithm, "-pkeyopt", "rsa_keygen_bits:" + bits}
	}
	ec := func(curve string) []string {
		return []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + curve}
	}
	switch k {
	case RSA2048:
		return rsa("RSA", "2048")
	case RSA1024:
		return rsa("RSA", "1024")
	case RSA512:
		return rsa("RSA", "512")
	case RSAPSS2048:
		return rsa("RSA-PSS", "2048")
	case ECDSAP384:
		return ec("P-384")
	case ECDSAP521:
		return ec("P-521")
	case Ed25519, Ed448:
		return []string{"-algorithm", string(k)}
	}
	return ec("P-256")
}

// PKI is a root made by openssl, and what it has issued so far. Its methods may be called by several
// tests at once.
type PKI struct {
	dir string

	mu     sync.Mutex
	issued map[KeyKind]Pair
}

// Pair is a certificate and its key, as PEM files.
type Pair struct{ Cert, Key string }

// NewPKI returns a root that keeps its files in dir.
func NewPKI(dir string) *PKI { return &PKI{dir: dir, issued: make(map[KeyKind]Pair)} }

// opensslConf is what `openssl req` needs; the system's own file may say anything.
const opensslConf = `[req]
distinguished_name = dn
[dn]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:FALSE
subjectAltName = DNS:localhost,IP:127.0.0.1
extendedKeyUsage = serverAuth,clientAuth
`

// Root returns the file of the root's certificate.
func (p *PKI) Root(t testing.TB) string {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.root(t).Cert
}

func (p *PKI) root(t testing.TB) Pair {
	t.Helper()
	if pair, ok := p.issued["root"]; ok {
		return pair
	}
	if err := os.WriteFile(p.path("openssl.cnf"), []byte(opensslConf), 0o600); err != nil {
		t.Fatal(err)
	}
	pair := p.key(t, "root")
	p.certify(t, pair, "/CN=tlsprobe interop root", "root")
	p.issued["root"] = pair
	return pair
}

// Issue returns a certificate for localhost and 127.0.0.1 with a key of the kind, the same one each time.
func (p *PKI) Issue(t testing.TB, k KeyKind) Pair {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if pair, ok := p.issued[k]; ok {
		return pair
	}
	root := p.root(t)
	pair := p.key(t, k)
	p.certify(t, pair, "/O=tlsprobe/CN="+string(k), "leaf", "-CA", root.Cert, "-CAkey", root.Key)
	p.issued[k] = pair
	return pair
}

func (p *PKI) key(t testing.TB, k KeyKind) Pair {
	t.Helper()
	pair := Pair{p.path(string(k) + ".pem"), p.path(string(k) + ".key")}
	recipe := k.recipe()
	if k == DSA1024 {
		params := p.path("dsa.params")
		must(t, "openssl", "genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:1024", "-out", params)
		recipe = []string{"-paramfile", params}
	}
	must(t, "openssl", append([]string{"genpkey", "-out", pair.Key}, recipe...)...)
	return pair
}

func (p *PKI) certify(t testing.TB, pair Pair, subject, extensions string, args ...string) {
	t.Helper()
	must(t, "openssl", append([]string{
		"req", "-new", "-x509", "-config", p.path("openssl.cnf"), "-extensions", extensions,
		"-key", pair.Key, "-out", pair.Cert, "-subj", subject, "-days", "30",
	}, args...)...)
}

func (p *PKI) path(name string) string { return filepath.Join(p.dir, name) }
