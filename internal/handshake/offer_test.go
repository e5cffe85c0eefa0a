package handshake

import (
	"crypto/tls"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// versionRanges are the pairs of versions that can be offered.
func versionRanges(each func(min, max iana.Version)) {
	for min := iana.TLS10; min <= iana.TLS13; min++ {
		for max := min; max <= iana.TLS13; max++ {
			each(min, max)
		}
	}
}

// helloOf is what goes out for an offer, read back from its bytes.
func helloOf(t *testing.T, o Offer) *message.ClientHello {
	t.Helper()
	e := New(Config{Offer: o, Rand: seeded(1)})
	e.Start()
	for a := e.Next(); a != nil; a = e.Next() {
		if s, ok := a.(*Send); ok {
			m, diags := message.Decode(s.Raw, new(message.Context), nil)
			h, ok := m.(*message.ClientHello)
			if !ok || len(diags) > 0 {
				t.Fatalf("%T, %v", m, diags)
			}
			return h
		}
	}
	t.Fatal("no hello")
	return nil
}

func TestSuiteOfAnOfferFitsOneOfItsVersions(t *testing.T) {
	versionRanges(func(min, max iana.Version) {
		for _, s := range helloOf(t, DefaultOffer(min, max)).CipherSuites {
			// What crypto/tls knows of a suite, or failing that its name: RFC 5246, Section 5; RFC 5288, Section 4.
			for _, known := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
				if known.ID == uint16(s) && !slices.ContainsFunc(known.SupportedVersions, func(v uint16) bool { return v >= uint16(min) && v <= uint16(max) }) {
					t.Errorf("%s to %s offers %s, which is for %x", min, max, s, known.SupportedVersions)
				}
			}
			if n := s.Name(); max < iana.TLS12 && (strings.HasSuffix(n, "SHA256") || strings.HasSuffix(n, "SHA384")) {
				t.Errorf("%s to %s offers %s", min, max, n)
			}
		}
	})
}

func TestBrokenCiphersAreOfferedToOldServersAlone(t *testing.T) {
	versionRanges(func(min, max iana.Version) {
		broken := slices.ContainsFunc(helloOf(t, DefaultOffer(min, max)).CipherSuites, func(s iana.CipherSuite) bool {
			return strings.Contains(s.Name(), "RC4") || strings.Contains(s.Name(), "3DES")
		})
		if want := min < iana.TLS12; broken != want {
			t.Errorf("%s to %s: RC4 or 3DES offered: %t", min, max, broken)
		}
	})
}

func TestDSSIsOfferedWithItsSchemes(t *testing.T) {
	versionRanges(func(min, max iana.Version) {
		h := helloOf(t, DefaultOffer(min, max))
		dss := slices.ContainsFunc(h.CipherSuites, func(s iana.CipherSuite) bool { return strings.Contains(s.Name(), "_DSS_") })
		x, ok := message.Get[*message.SignatureAlgorithms](h.Extensions)
		if ok != (max >= iana.TLS12) {
			t.Errorf("%s to %s: signature_algorithms: %t", min, max, ok)
		}
		// RFC 5246, Section 7.4.1.4.1: {sha256(4), dsa(2)} and {sha1(2), dsa(2)}.
		if ok && (slices.Contains(x.Schemes, 0x0402) != dss || slices.Contains(x.Schemes, 0x0202) != dss) {
			t.Errorf("%s to %s: DSS %t, schemes %v", min, max, dss, x.Schemes)
		}
	})
}

// TestExtensionIsSentWhereASuiteHasAUseForIt holds RFC 8422, Section 4, RFC 7919, Section 4, and RFC 7366, Section 3.
func TestExtensionIsSentWhereASuiteHasAUseForIt(t *testing.T) {
	curvesOnly, withFinite := []iana.Group{iana.X25519}, []iana.Group{iana.X25519, iana.Ffdhe2048}
	for _, c := range []struct {
		name                 string
		min, max             iana.Version
		suite                iana.CipherSuite
		groups               []iana.Group
		sends, formats, etms bool
	}{
		{"a curve's suite", iana.TLS12, iana.TLS12, iana.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, curvesOnly, true, true, false},
		{"a curve's suite with CBC", iana.TLS10, iana.TLS12, iana.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, curvesOnly, true, true, true},
		{"an anonymous curve", iana.TLS12, iana.TLS12, iana.TLS_ECDH_anon_WITH_AES_128_CBC_SHA, curvesOnly, true, true, true},
		{"no groups", iana.TLS12, iana.TLS12, iana.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, nil, false, true, false},
		{"key transport", iana.TLS12, iana.TLS12, iana.TLS_RSA_WITH_AES_128_GCM_SHA256, withFinite, false, false, false},
		{"key transport with RC4", iana.TLS10, iana.TLS12, iana.TLS_RSA_WITH_RC4_128_SHA, withFinite, false, false, false},
		{"key transport beside TLS 1.3", iana.TLS12, iana.TLS13, iana.TLS_RSA_WITH_AES_128_CBC_SHA, curvesOnly, true, false, true},
		{"finite fields", iana.TLS12, iana.TLS12, iana.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, withFinite, true, false, false},
		{"finite fields, with curves alone", iana.TLS12, iana.TLS12, iana.TLS_DHE_RSA_WITH_AES_128_CBC_SHA, curvesOnly, false, false, true},
		{"TLS 1.3 alone", iana.TLS13, iana.TLS13, iana.TLS_AES_128_GCM_SHA256, curvesOnly, true, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := DefaultOffer(c.min, c.max)
			o.CipherSuites, o.Groups, o.KeyShares = []iana.CipherSuite{c.suite}, c.groups, nil
			h := helloOf(t, o)
			for ext, want := range map[iana.ExtensionType]bool{
				iana.ExtSupportedGroups: c.sends, iana.ExtECPointFormats: c.formats, iana.ExtEncryptThenMAC: c.etms,
			} {
				if got := h.Extensions.Find(ext) != nil; got != want {
					t.Errorf("%s: %t", ext, got)
				}
			}
		})
	}
}
