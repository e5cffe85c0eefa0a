package fingerprint_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/fingerprint"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// hello makes a ClientHello with suites and extensions as JA4_ro lists them, in hex.
func hello(t *testing.T, suites, extensions, algorithms string) *message.ClientHello {
	t.Helper()
	m := &message.ClientHello{LegacyVersion: iana.TLS12, HasExtensions: true}
	for _, v := range numbers(t, suites) {
		m.CipherSuites = append(m.CipherSuites, iana.CipherSuite(v))
	}
	for _, v := range numbers(t, extensions) {
		x := message.Extension{Type: iana.ExtensionType(v)}
		switch x.Type {
		case iana.ExtSignatureAlgorithms:
			body := &message.SignatureAlgorithms{}
			for _, v := range numbers(t, algorithms) {
				body.Schemes = append(body.Schemes, iana.SignatureScheme(v))
			}
			x.Body = body
		case iana.ExtALPN:
			x.Body = &message.ALPN{Protocols: []message.ProtocolName{{Name: []byte("h2")}, {Name: []byte("http/1.1")}}}
		case iana.ExtSupportedVersions:
			x.Body = &message.SupportedVersions{Versions: []iana.Version{0x8a8a, iana.TLS12, iana.TLS13}}
		}
		m.Extensions = append(m.Extensions, x)
	}
	return m
}

func numbers(t *testing.T, list string) (all []uint16) {
	t.Helper()
	for word := range strings.SplitSeq(list, ",") {
		if word == "" {
			continue
		}
		n, err := strconv.ParseUint(word, 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, uint16(n))
	}
	return all
}

// The example of FoxIO's technical_details/JA4.md: what JA4_ro lists, with GREASE put in.
const (
	exampleSuites     = "1a1a,1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035"
	exampleExtensions = "2a2a,001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015,3a3a"
	exampleAlgorithms = "0403,0804,0401,0503,0805,0501,0806,0601"
)

func TestJA4OfThePublishedExample(t *testing.T) {
	got := fingerprint.OfClient(hello(t, exampleSuites, exampleExtensions, exampleAlgorithms), fingerprint.TCP)
	if want := "t13d1516h2_8daaf6152771_e5627efa2ab1"; got.JA4 != want {
		t.Errorf("JA4 is %s, not %s", got.JA4, want)
	}
	want := "t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_" +
		"0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_0403,0804,0401,0503,0805,0501,0806,0601"
	if got.JA4Raw != want {
		t.Errorf("JA4_r is\n%s, not\n%s", got.JA4Raw, want)
	}
	// "If there are no signature algorithms in the hello packet, then the string ends without an underscore and is hashed."
	got = fingerprint.OfClient(hello(t, exampleSuites, exampleExtensions, ""), fingerprint.TCP)
	if _, c, _ := strings.Cut(got.JA4, "_8daaf6152771_"); c != "6d807ffa2a79" {
		t.Errorf("without signature algorithms JA4 is %s", got.JA4)
	}
}

// TestJA4BeginsAsTheDocumentSays follows the sections of technical_details/JA4.md.
func TestJA4BeginsAsTheDocumentSays(t *testing.T) {
	many := strings.Repeat("c02b,", 100) + "c02b"
	versions := func(v ...iana.Version) func(*message.ClientHello) {
		return func(m *message.ClientHello) {
			m.Extensions = append(m.Extensions, message.Extension{Type: iana.ExtSupportedVersions, Body: &message.SupportedVersions{Versions: v}})
		}
	}
	legacy := func(v iana.Version) func(*message.ClientHello) {
		return func(m *message.ClientHello) { m.LegacyVersion = v }
	}
	alpn := func(names ...string) func(*message.ClientHello) {
		return func(m *message.ClientHello) {
			body := &message.ALPN{}
			for _, n := range names {
				body.Protocols = append(body.Protocols, message.ProtocolName{Name: []byte(n)})
			}
			m.Extensions = append(m.Extensions, message.Extension{Type: iana.ExtALPN, Body: body})
		}
	}
	for name, row := range map[string]struct {
		suites, extensions string
		over               fingerprint.Transport
		change             func(*message.ClientHello)
		want               string
	}{
		"nothing at all":               {"", "", fingerprint.TCP, nil, "t12i000000_000000000000_000000000000"},
		"only name and ALPN":           {"1301", "0000,0010", fingerprint.TCP, nil, "t12d0102h2_"},
		"QUIC":                         {"1301", "002b", fingerprint.QUIC, nil, "q13i010100_"},
		"more than 99":                 {many, "", fingerprint.TCP, nil, "t12i990000_"},
		"signalling suites count":      {"00ff,5600,fe00", "", fingerprint.TCP, nil, "t12i030000_"},
		"SSL 3.0":                      {"", "", fingerprint.TCP, legacy(0x0300), "ts3i000000_"},
		"TLS 1.0":                      {"", "", fingerprint.TCP, legacy(0x0301), "t10i000000_"},
		"TLS 1.1":                      {"", "", fingerprint.TCP, legacy(0x0302), "t11i000000_"},
		"unknown version":              {"", "", fingerprint.TCP, legacy(0x0305), "t00i000000_"},
		"the highest, not the first":   {"", "", fingerprint.TCP, versions(0x0302, 0x0304, 0x0303), "t13i000100_"},
		"GREASE is no version":         {"", "", fingerprint.TCP, versions(0xfafa, 0x0303), "t12i000100_"},
		"nothing but GREASE":           {"", "", fingerprint.TCP, versions(0xfafa), "t00i000100_"},
		"DTLS 1.2":                     {"", "", fingerprint.DTLS, legacy(0xfefd), "dd2i000000_"},
		"DTLS 1.3":                     {"", "", fingerprint.DTLS, versions(0xfefd, 0xfefc), "dd3i000100_"},
		"http/1.1":                     {"", "", fingerprint.TCP, alpn("http/1.1", "h2"), "t12i0001h1_"},
		"one character":                {"", "", fingerprint.TCP, alpn("x"), "t12i0001xx_"},
		"no protocol":                  {"", "", fingerprint.TCP, alpn(), "t12i000100_"},
		"empty protocol":               {"", "", fingerprint.TCP, alpn(""), "t12i000100_"},
		"ALPN AB":                      {"", "", fingerprint.TCP, alpn("\xab"), "t12i0001ab_"},
		"ALPN AB CD":                   {"", "", fingerprint.TCP, alpn("\xab\xcd"), "t12i0001ad_"},
		"ALPN 30 AB":                   {"", "", fingerprint.TCP, alpn("\x30\xab"), "t12i00013b_"},
		"ALPN 30 31 AB CD":             {"", "", fingerprint.TCP, alpn("\x30\x31\xab\xcd"), "t12i00013d_"},
		"ALPN 30 AB CD 31":             {"", "", fingerprint.TCP, alpn("\x30\xab\xcd\x31"), "t12i000101_"},
		"an empty hello of extensions": {"1301", "", fingerprint.TCP, nil, "t12i010000_"},
	} {
		m := hello(t, row.suites, row.extensions, "")
		if row.change != nil {
			row.change(m)
		}
		if got := fingerprint.OfClient(m, row.over).JA4; !strings.HasPrefix(got, row.want) {
			t.Errorf("%s: %s, not %s…", name, got, row.want)
		}
	}
}

// TestJA3OfThePublishedExamples has the strings and hashes of the README of github.com/salesforce/ja3.
func TestJA3OfThePublishedExamples(t *testing.T) {
	m := hello(t, "0004,0005,000a,0009,0064,0062,0003,0006,0013,0012,0063", "", "")
	m.LegacyVersion = 0x0301
	got := fingerprint.OfClient(m, fingerprint.TCP)
	if want := "769,4-5-10-9-100-98-3-6-19-18-99,,,"; got.JA3Full != want {
		t.Errorf("the string is %s, not %s", got.JA3Full, want)
	}
	if want := "de350869b8c85de67a350c8d186f11e6"; got.JA3 != want {
		t.Errorf("JA3 is %s, not %s", got.JA3, want)
	}
	m = hello(t, "002f,0035,0005,000a,c009,c00a,c013,c014,0032,0038,0013,0004", "", "")
	m.LegacyVersion = 0x0301
	m.Extensions = message.Extensions{
		{Type: 0},
		{Type: 10, Body: &message.SupportedGroups{Groups: []iana.Group{0x0a0a, 23, 24, 25}}},
		{Type: 11, Body: &message.ECPointFormats{Formats: []iana.ECPointFormat{0}}},
		{Type: 0x4a4a},
	}
	got = fingerprint.OfClient(m, fingerprint.TCP)
	if want := "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"; got.JA3Full != want {
		t.Errorf("the string is %s, not %s", got.JA3Full, want)
	}
	if want := "ada70206e40642a3e4461f35503241d5"; got.JA3 != want {
		t.Errorf("JA3 is %s, not %s", got.JA3, want)
	}
}
