package verify

import (
	"crypto/x509"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// TestNamesMatchAsRFC9525Says has crypto/x509 for a second opinion where the two follow the same rules.
func TestNamesMatchAsRFC9525Says(t *testing.T) {
	for _, c := range []struct {
		sans   string
		host   string
		match  bool
		differ bool // from crypto/x509
	}{
		{"example.com", "example.com", true, false},
		{"example.com", "EXAMPLE.com", true, false},
		{"EXAMPLE.com", "example.COM", true, false},
		{"example.com", "example.com.", true, false},
		{"example.com", "www.example.com", false, false},
		{"www.example.com", "example.com", false, false},
		{"*.example.com", "www.example.com", true, false},
		{"*.example.com", "example.com", false, false},
		{"*.example.com", "a.b.example.com", false, false},
		{"*.example.com", ".example.com", false, false},
		{"w*.example.com", "www.example.com", false, false},
		{"*w.example.com", "www.example.com", false, false},
		{"www.*.com", "www.example.com", false, false},
		{"*.*.com", "www.example.com", false, false},
		{"*", "example", false, false},
		{"*.com", "example.com", false, true}, // a whole top-level domain
		{"*.a.example", "b.a.example", true, false},
		{"xn--bcher-kva.example", "bücher.example", true, true}, // crypto/x509 wants A-labels
		{"xn--bcher-kva.example", "BÜCHER.example", true, true},
		{"*.example.com", "bücher.example.com", true, true},
		{"*.xn--bcher-kva.example", "www.bücher.example", true, true},
		{"foo_bar.example.com", "foo_bar.example.com", true, false},
		{"192.0.2.1", "192.0.2.1", false, false}, // as a DNS name
		{"other.example", "192.0.2.1", false, false},
		{"example.com", "exa mple.com", false, false},
		{"example.com", "", true, false},
	} {
		p := plainPlan(0)
		p.leaf().template.DNSNames, p.leaf().template.IPAddresses = []string{c.sans}, nil
		p.hostname = c.host
		b := p.build(t)
		r := Verify(b.request)
		if r.Trusted != c.match {
			t.Errorf("%s for %s: %v; %v", c.sans, c.host, r.Trusted, failures(r))
		}
		if want := goAccepts(t, b.request, b.roots); (want != r.Trusted) != c.differ {
			t.Errorf("%s for %s: %v, crypto/x509 says %v", c.sans, c.host, r.Trusted, want)
		}
	}
}

func TestWrongNameSaysWhatIsThere(t *testing.T) {
	for _, c := range []struct {
		name    string
		host    string
		do      func(*x509.Certificate)
		message string
		actual  string
	}{
		{"nearest", "www7.example.com", func(c *x509.Certificate) {
			c.DNSNames = []string{"a.org", "b.org", "c.org", "d.org", "www2.example.com", "e.org"}
		}, "the certificate isn't for www7.example.com", "nearest www2.example.com of a.org, b.org"},
		{"common name", "www.example.com", func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil }, "common name www.example.com doesn't count", "no subjectAltName"},
		{"domain of a wildcard", "apps.example.com", nil, "isn't for the domain itself", ""},
		{"two labels", "x.y.apps.example.com", nil, "one label only", ""},
		{"address as a name", "192.0.2.99", func(c *x509.Certificate) { c.DNSNames = []string{"192.0.2.99"} }, "as a DNS name", ""},
		{"hostile", "a.example", func(c *x509.Certificate) { c.DNSNames = []string{"\x1b[2J" + strings.Repeat("x", 60_000)} }, "", "(60004 bytes)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plainPlan(0)
			if c.do != nil {
				c.do(&p.leaf().template)
			}
			p.hostname = c.host
			f := one(t, Verify(p.build(t).request), finding.Hostname)
			if f.Status != finding.Fail || !strings.Contains(f.Message, c.message) || !strings.Contains(f.Actual, c.actual) || len(f.Actual) > 2000 {
				t.Errorf("%.300s [%.300s]", f.Message, f.Actual)
			}
		})
	}
}
