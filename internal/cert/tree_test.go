package cert

import (
	"bytes"
	"crypto/x509"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/x509roots/fallback/bundle"

	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// treeOf records the tree of der as it would stand in a message, below the field cert.
func treeOf(der []byte) *wire.Tree {
	tree := wire.NewTree(256)
	c := wire.NewReader(der, nil, tree)
	var none struct{}
	wire.Group(c, "cert", &none, func(*struct{}, *wire.Codec) { Layout(c) })
	c.Done()
	return tree
}

func checkTree(t *testing.T, der []byte) *wire.Tree {
	t.Helper()
	tree := treeOf(der)
	if err := tree.Check(); err != nil {
		t.Fatal(err)
	}
	covered := 0
	for i := range tree.Nodes {
		if tree.IsLeaf(i) {
			covered += int(tree.Nodes[i].Len)
		}
	}
	if covered != len(der) {
		t.Fatalf("leaves cover %d of %d bytes", covered, len(der))
	}
	return tree
}

func TestTreeOfEveryRootCoversEachByteOnce(t *testing.T) {
	for root := range bundle.Roots() {
		tree := checkTree(t, root.Certificate)
		for i := range tree.Nodes {
			switch tree.Nodes[i].Name {
			case "trailing", "after", "unexpected", "more":
				t.Errorf("%s in a proper root", tree.Path(i))
			}
		}
	}
}

func TestFieldsStandInTheTreeWhereTheStandardLibraryHasThem(t *testing.T) {
	der := fullCertificate(t)
	tree := checkTree(t, der)
	want, _ := x509.ParseCertificate(der)
	bytesAt := func(path string) []byte {
		i := tree.Find(path)
		if i < 0 {
			t.Fatalf("no %s", path)
		}
		n := tree.Nodes[i]
		return der[n.Off : n.Off+n.Len]
	}
	for path, value := range map[string][]byte{
		"cert.tbs":                                                                    want.RawTBSCertificate,
		"cert.tbs.serial_number.value":                                                append([]byte{0}, want.SerialNumber.Bytes()...),
		"cert.tbs.issuer":                                                             want.RawIssuer,
		"cert.tbs.validity.not_before.value":                                          []byte("991231235959Z"),
		"cert.tbs.validity.not_after.value":                                           []byte("20610203040506Z"),
		"cert.tbs.subject":                                                            want.RawSubject,
		"cert.tbs.subject.country_name.value.value":                                   []byte("DE"),
		"cert.tbs.subject.organization_name.value.value":                              []byte("zwei"),
		"cert.tbs.subject.1-3-6-1-4-1-99999-1.value.value":                            []byte("x"),
		"cert.tbs.subject_public_key_info":                                            want.RawSubjectPublicKeyInfo,
		"cert.tbs.extensions.subject_alt_name.names.dns_name#2.value":                 []byte("*.example.com"),
		"cert.tbs.extensions.basic_constraints.constraints.path_len_constraint.value": {0},
		"cert.tbs.extensions.authority_info_access.descriptions.access_description.uniform_resource_identifier.value":              []byte("http://ocsp.example"),
		"cert.tbs.extensions.crl_distribution_points.points.distribution_point#2.name.full_name.uniform_resource_identifier.value": []byte("http://crl.example/2.crl"),
		"cert.tbs.extensions.name_constraints.constraints.excluded_subtrees.subtree.dns_name.value":                                []byte("bad.example.com"),
		"cert.tbs.extensions.signed_certificate_timestamp_list.scts.value":                                                         {0, 2, 9, 9},
		"cert.signature_value.value": want.Signature,
	} {
		if got := bytesAt(path); !bytes.Equal(got, value) {
			t.Errorf("%s: %x, want %x", path, got, value)
		}
	}
}

func TestEveryPathOfATreeIsDescribed(t *testing.T) {
	described := wire.Describe(nil, func(c *wire.Codec) {
		var none struct{}
		wire.Group(c, "cert", &none, func(*struct{}, *wire.Codec) { Layout(c) })
	})
	if n := len(described); n > 2000 {
		t.Errorf("%d paths", n)
	}
	known := map[string]bool{}
	for _, path := range described {
		known[path] = true
	}
	unnumbered := func(path string) string {
		steps := strings.Split(path, ".")
		for i, s := range steps {
			steps[i], _, _ = strings.Cut(s, "#")
			if strings.HasPrefix(steps[i], "1-") || strings.HasPrefix(steps[i], "2-") {
				return ""
			}
		}
		return strings.Join(steps, ".")
	}
	full := [][]byte{fullCertificate(t)}
	for root := range bundle.Roots() {
		full = append(full, root.Certificate)
	}
	for _, der := range full {
		tree := treeOf(der)
		for i := range tree.Nodes {
			if path := unnumbered(tree.Path(i)); path != "" && !known[path] {
				t.Fatalf("%s isn't described", path)
			}
		}
	}
}

func TestHostileCertificateHasABoundedTree(t *testing.T) {
	san := append([]byte{0x30, 0x83, 2, 0, 0}, bytes.Repeat([]byte{0x82, 0}, 1<<16)...)
	der := append([]byte{0x30, 0x83, 2, 0, 5}, san...)
	tree := checkTree(t, der)
	if len(tree.Nodes) > 5*maxNodes {
		t.Errorf("%d nodes", len(tree.Nodes))
	}
	_, problems := Parse(bytes.Repeat([]byte{0x30, 0x80}, 1<<15))
	if len(problems) > maxProblems {
		t.Errorf("%d problems", len(problems))
	}
}

// plainNamesHaveNoProblem checks the short cut for names against the close look.
func plainNamesHaveNoProblem(t *testing.T, n Name) {
	t.Helper()
	var notes Notes
	r := NewReader(n.Raw, n.Off, &notes)
	e, ok := r.Read("", TagSequence)
	if !ok || !plainName(e.Content) {
		return
	}
	notes.list = nil
	inner := r.Inside(e)
	for range attributes(&inner, "", true) {
		continue
	}
	if len(notes.list) > 0 {
		t.Fatalf("%x is plain, but %v", n.Raw, notes.list)
	}
}

func FuzzCertificate(f *testing.F) {
	f.Add(fullCertificate(f))
	for root := range bundle.Roots() {
		f.Add(root.Certificate)
		if len(root.Certificate) < 500 {
			f.Add(root.Certificate[:len(root.Certificate)/2])
		}
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		c, problems := Parse(der)
		touch(c)
		for _, p := range problems {
			if p.Off < 0 || p.Len < 0 || p.Off+p.Len > len(der) {
				t.Fatalf("a problem outside the bytes: %v", p)
			}
		}
		checkTree(t, der)
		plainNamesHaveNoProblem(t, c.Subject)
		plainNamesHaveNoProblem(t, c.Issuer)
		if subject, err := RawSubjectOf(der); err == nil && len(problems) == 0 && !bytes.Equal(subject, c.Subject.Raw) {
			t.Fatal("the subject alone is another")
		}
		// It leaves extensions of other versions and keys that it doesn't know unread.
		truncated := func(p Problem) bool { return p.Kind == Truncated && strings.HasPrefix(p.Field, "tbsCertificate.") }
		if want, err := x509.ParseCertificate(der); err == nil && want.Version == 3 && slices.ContainsFunc(problems, truncated) {
			t.Fatalf("crypto/x509 reads it to its end, we say %v", problems)
		}
	})
}
