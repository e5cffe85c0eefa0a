package verify

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/signature"
)

// TestEachBundledRootVerifiesItself takes real roots as chains of one, and their signatures as made by their own keys.
func TestEachBundledRootVerifiesItself(t *testing.T) {
	store := Bundled()
	if store.Count() < 100 || store.Skipped() != 0 {
		t.Fatalf("%d roots, %d skipped", store.Count(), store.Skipped())
	}
	at, err := time.Parse(time.DateOnly, bundledDate)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for r := range bundle.Roots() {
		seen++
		n := newNode(r.Certificate, 0)
		if len(n.problems) > 0 || len(n.unreadable) > 0 {
			t.Errorf("%s: %v %v", n.label(), n.problems, n.unreadable)
		}
		if store.contains(n.Certificate) < 0 || len(store.find(n.Subject)) == 0 {
			t.Errorf("%s isn't found", n.label())
		}
		if !n.selfSigned() {
			t.Errorf("%s isn't self-signed", n.label())
		}
		alg, ok := signature.FromOID(n.SignatureAlgorithm)
		if !ok || signature.Verify(&n.PublicKey, alg, n.RawTBS, n.Signature) != nil {
			t.Errorf("the signature of %s doesn't verify", n.label())
		}
		result := Verify(Request{Chain: [][]byte{r.Certificate}, Time: at, Store: store, Purpose: PurposeAny, Rules: RulesRFC5280})
		if !result.Trusted && r.Constraint == nil && n.NotAfter.After(at) {
			t.Errorf("%s: %v", n.label(), failures(result))
		}
	}
	if seen != store.Count() {
		t.Errorf("%d roots in the store, %d in the bundle", store.Count(), seen)
	}
}

func TestBundleIsAsOldAsItsModule(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(mod), bundlePath+" v0.0.0-")
	if !ok || rest[:8] != strings.ReplaceAll(bundledDate, "-", "") {
		t.Errorf("the bundle is of %.8s, and bundledDate says %s", rest, bundledDate)
	}
}

// TestStoreReadsWhatGoReads compares the certificates of PEM files, plain ones and others, with those that encoding/pem finds.
func TestStoreReadsWhatGoReads(t *testing.T) {
	root := plainPlan(0)
	der := root.root().sign(t, root.root())
	block := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	cases := map[string]string{
		"one":          block,
		"three":        block + block + block,
		"comments":     "# Root\nsubject=x\n" + block + "\nmore\n" + block + "end\n",
		"carriage":     strings.ReplaceAll(block+block, "\n", "\r\n"),
		"no last line": strings.TrimSuffix(block, "\n"),
		"a key too":    block + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})) + block,
		"key first":    string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})) + block,
		"headers":      string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der, Headers: map[string]string{"A": "b"}})) + block,
	}
	if system, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt"); err == nil {
		cases["system"] = string(system)
	}
	for name, text := range cases {
		var want []string
		for rest := []byte(text); ; {
			var b *pem.Block
			if b, rest = pem.Decode(rest); b == nil {
				break
			}
			if b.Type == "CERTIFICATE" {
				want = append(want, string(b.Bytes))
			}
		}
		got := readCertificates([]byte(text))
		if len(got) != len(want) {
			t.Errorf("%s: %d certificates, expected %d", name, len(got), len(want))
			continue
		}
		for i := range got {
			if string(got[i]) != want[i] {
				t.Errorf("%s: certificate %d differs", name, i)
			}
		}
	}
}

func TestStoreOfAFileKnowsItsNameDateAndCount(t *testing.T) {
	p := plainPlan(0)
	der := p.root().sign(t, p.root())
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, data := range map[string][]byte{"ca.der": der, "ca.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})} {
		path := write(name, data)
		s, err := File(path)
		if err != nil {
			t.Fatal(err)
		}
		if s.Count() != 1 || s.Name() != name || s.Origin() != path || s.Date().IsZero() || s.Note() != "" {
			t.Errorf("%s: %d, %v, %q", s, s.Count(), s.Date(), s.Origin())
		}
	}
	if _, err := File(write("empty", nil)); !errors.Is(err, ErrNoCertificates) {
		t.Errorf("an empty file: %v", err)
	}
	if _, err := File(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := File(dir); err == nil {
		t.Error("a directory is read as a file")
	}
}

func TestSystemStoreReadsTheFirstFileOrTheDirectoriesOrFallsBack(t *testing.T) {
	p := plainPlan(0)
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.root().sign(t, p.root())})
	dir := t.TempDir()
	file := filepath.Join(dir, "one.pem")
	for _, name := range []string{"one.pem", "two.pem"} { // the same twice
		if err := os.WriteFile(filepath.Join(dir, name), block, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "readme"), []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		at        places
		file, dir string
		store     string
		count     int
		note      bool
	}{
		{"the file", places{files: []string{dir + "/none", file}}, "", "", "system", 1, false},
		{"the directory", places{files: []string{dir + "/none"}, dirs: []string{dir}}, "", "", "system", 1, false},
		{"neither", places{files: []string{dir + "/none"}, dirs: []string{dir + "/none"}}, "", "", "bundled", Bundled().Count(), true},
		{"another system", systemPlaces("windows"), "", "", "bundled", Bundled().Count(), true},
		{"named file", systemPlaces("windows"), file, "", "system", 1, false},
		{"named directory after a file that isn't there", places{}, dir + "/none", dir, "system", 1, true},
		{"named directory", places{}, "", dir, "system", 1, false},
	} {
		s, err := openSystem(c.at, c.file, c.dir)
		if err != nil || s.Name() != c.store || s.Count() != c.count || (s.Note() != "") != c.note {
			t.Errorf("%s: %v %v, %d, %q", c.name, s, err, s.Count(), s.Note())
		}
	}
	if _, err := openSystem(places{}, filepath.Join(dir, "none"), ""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a named file that isn't there: %v", err)
	}
}

// TestDirectoriesAreReadForWhatTheFileHasNot has one root in the file and another in the directory beside it.
func TestDirectoriesAreReadForWhatTheFileHasNot(t *testing.T) {
	p, other := plainPlan(1), plainPlan(0)
	b := p.build(t)
	dir := t.TempDir()
	file := filepath.Join(t.TempDir(), "file.pem")
	for path, der := range map[string][]byte{
		file: other.leaf().sign(t, other.leaf()), filepath.Join(dir, "root.pem"): b.roots[0],
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for dirs, want := range map[string]bool{dir: true, "": false} {
		s, err := openSystem(places{}, file, dirs)
		if err != nil || s.Count() != 1 {
			t.Fatal(s, err)
		}
		b.request.Store = s
		if r := Verify(b.request); r.Trusted != want {
			t.Errorf("with directory %q: %v", dirs, failures(r))
		}
	}
}

// TestStoreFindsNamesThatDifferInSpellingOnly looks a subject up in another string type and case. RFC 5280, Section 7.1.
func TestStoreFindsNamesThatDifferInSpellingOnly(t *testing.T) {
	p := plainPlan(0)
	root, err := x509.ParseCertificate(p.root().sign(t, p.root()))
	if err != nil {
		t.Fatal(err)
	}
	p.leaf().issuer = "rOOT" // and without the organization: another name
	s := Of("test", root.Raw)
	if got := s.find(newNode(p.leaf().sign(t, p.root()), 0).Issuer); len(got) != 0 {
		t.Error("another name is found")
	}
	p.root().template.Subject.CommonName = "rOOT"
	p.leaf().issuer = ""
	b := Request{Chain: [][]byte{p.leaf().sign(t, p.root())}, Hostname: "www.example.com", Time: now, Store: s}
	if r := Verify(b); !r.Trusted {
		t.Errorf("not trusted: %v", failures(r))
	}
}

func TestOldStoreIsSaidToBeOld(t *testing.T) {
	b := plainPlan(1).build(t)
	b.request.Store.date = now.AddDate(-2, 0, 0)
	if f := one(t, Verify(b.request), finding.ChainRootTrust); !strings.Contains(f.Message, "24 months old") {
		t.Errorf("%s", f.Message)
	}
}
