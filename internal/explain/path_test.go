package explain_test

import (
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/explain"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
)

// beyond is paths that reading records or another room makes, and that no layout of a message lists.
var beyond = []string{
	"record", "record.header", "record.header.type", "record.header.version", "record.header.length", "record.fragment",
	"client_hello.trailing", "supplemental_data.body",
	"client_hello.extensions.0xfafa", "client_hello.extensions.0xfafa.extension_type", "client_hello.extensions.0xfafa.extension_data",
	"certificate_request.extensions.0x1a1a", "certificate_request.extensions.0x1a1a.extension_type", "certificate_request.extensions.0x1a1a.extension_data",
	"client_hello.extensions.0x1234", "client_hello.extensions.token_binding", "client_hello.extensions.token_binding.extension_data",
	"client_hello.extensions.status_request.request",
	"client_hello.extensions.key_share.client_shares[0].key_exchange.x25519",
	"server_key_exchange.params.trailing.x",
	"certificate.certificate_list[0].cert.unexpected",
}

func TestEveryPathHasAClassAndAnExplanation(t *testing.T) {
	for _, path := range append(message.Describe(), beyond...) {
		f, ok := explain.Path(path)
		if !ok || f.Class == 0 || f.Text == "" || f.Ref == "" || f.Path != path {
			t.Errorf("%s: %+v, %v", path, f, ok)
		}
	}
}

func TestNoPatternIsDead(t *testing.T) {
	used := map[string]bool{}
	for _, path := range append(message.Describe(), beyond...) {
		for _, pattern := range explain.Winners(path) {
			used[pattern] = true
		}
	}
	for _, f := range explain.Paths() {
		if !used[f.Path] {
			t.Errorf("%s explains no path", f.Path)
		}
	}
}

func TestNoTwoPatternsAreEquallySpecificForAPath(t *testing.T) {
	for _, path := range append(message.Describe(), beyond...) {
		if w := explain.Winners(path); len(w) != 1 {
			t.Errorf("%s: %q", path, w)
		}
	}
}

func TestAPatternStandsOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range explain.Paths() {
		if seen[f.Path] {
			t.Errorf("%s stands twice", f.Path)
		}
		seen[f.Path] = true
	}
}

func TestThePathsTableCanBeRead(t *testing.T) {
	if bad := explain.BadPaths(); len(bad) > 0 {
		t.Errorf("%q", bad)
	}
}

func TestAnExplanationIsOneShortClause(t *testing.T) {
	for _, f := range explain.Paths() {
		if n := len([]rune(f.Text)); n > 60 {
			t.Errorf("%s: %d bytes: %s", f.Path, n, f.Text)
		}
		if strings.HasSuffix(f.Text, ".") {
			t.Errorf("%s: ends with a full stop", f.Path)
		}
		last := f.Path[strings.LastIndexByte(f.Path, '.')+1:]
		if f.Text == strings.ReplaceAll(last, "_", " ") {
			t.Errorf("%s: says its name again", f.Path)
		}
		if !strings.HasPrefix(f.Ref, "RFC ") && !strings.HasPrefix(f.Ref, "draft-") && !strings.HasPrefix(f.Ref, "X.690, ") {
			t.Errorf("%s: reference %q", f.Path, f.Ref)
		}
	}
}

func TestClassesAreWhatADiffNeeds(t *testing.T) {
	for path, want := range map[string]explain.Class{
		"client_hello.random": explain.Ephemeral,
		"client_hello.extensions.key_share.client_shares[1].key_exchange.bytes":                                   explain.Ephemeral,
		"client_hello.extensions.key_share.client_shares[1].group":                                                explain.Stable,
		"client_hello.extensions.key_share#2.client_shares[1].group":                                              explain.Stable,
		"client_hello.cipher_suites[12]":                                                                          explain.Stable,
		"client_hello.cipher_suites.length":                                                                       explain.Derived,
		"client_hello#2.cipher_suites[12]":                                                                        explain.Stable,
		"client_hello.extensions.0x3a3a":                                                                          explain.GREASE,
		"client_hello.extensions.0x3a3a.extension_data":                                                           explain.GREASE,
		"client_hello.extensions.0x3a3a#2.extension_data":                                                         explain.GREASE,
		"client_hello.extensions.0x3a3b":                                                                          explain.Stable,
		"server_hello.cipher_suite":                                                                               explain.Negotiated,
		"server_hello.extensions.next_protocol_negotiation#2[0].name":                                             explain.Stable,
		"server_hello.extensions.supported_versions.selected_version":                                             explain.Negotiated,
		"encrypted_extensions.extensions.application_layer_protocol_negotiation.protocol_name_list[0].name.bytes": explain.Negotiated,
		"server_key_exchange.params.dh_p.bytes":                                                                   explain.Stable,
		"server_key_exchange.params.dh_ys.bytes":                                                                  explain.Ephemeral,
		"certificate.certificate_list[0].cert.der":                                                                explain.Stable,
		"certificate.certificate_list[0].cert.tbs.validity.not_after":                                             explain.Stable,
		"certificate.certificate_list[1].cert.tbs.extensions.anything[3].oid":                                     explain.Stable,
		"certificate.certificate_list[0].extensions.status_request.response":                                      explain.Time,
		"certificate_verify.signature.bytes":                                                                      explain.Ephemeral,
		"finished#2.verify_data":                                                                                  explain.Ephemeral,
		"new_session_ticket#2.ticket.bytes":                                                                       explain.Ephemeral,
		"new_session_ticket.ticket_lifetime":                                                                      explain.Stable,
		"record#3.header.length":                                                                                  explain.Derived,
	} {
		if f, ok := explain.Path(path); !ok || f.Class != want {
			t.Errorf("%s: %v (%v), want %v", path, f.Class, ok, want)
		}
	}
}

func TestAnUnknownPathIsNotExplained(t *testing.T) {
	for _, path := range []string{"", ".", "nothing", "client_hello.nothing", "client_hello.random.nothing", "server_hello.legacy_session_id"} {
		if f, ok := explain.Path(path); ok {
			t.Errorf("%q: %+v", path, f)
		}
	}
}

func FuzzPathTakesAnything(f *testing.F) {
	for _, p := range append(beyond, "a[", "#", "[", "]", "0x", "client_hello.#2[.0xzzzz") {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if got, ok := explain.Path(path); ok && (got.Class == 0 || got.Path != path) {
			t.Errorf("%q: %+v", path, got)
		}
	})
}

func BenchmarkFirstUse(b *testing.B) {
	for b.Loop() {
		explain.ReadAll()
	}
}

func BenchmarkPath(b *testing.B) {
	for b.Loop() {
		explain.Path("client_hello.extensions.key_share.client_shares[1].key_exchange.bytes")
	}
}
