package explain_test

import (
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/explain"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

func TestEveryAlertHasMeaningCausesAndAdvice(t *testing.T) {
	for a := range iana.AllAlerts() {
		e, ok := explain.Code("alert", a.Name())
		if !ok || e.Text == "" || e.Causes == "" || e.Try == "" || e.Ref == "" {
			t.Errorf("%s: %+v", a.Name(), e)
		}
	}
}

func TestEveryMessageHasAMeaning(t *testing.T) {
	for m := range iana.AllHandshakeTypes() {
		if e, ok := explain.Code("message", m.Name()); !ok || e.Text == "" || e.Ref == "" {
			t.Errorf("%s: %+v", m.Name(), e)
		}
	}
}

func TestEveryVersionHasAMeaning(t *testing.T) {
	for v := range iana.AllVersions() {
		if e, ok := explain.Code("version", v.Name()); !ok || e.Text == "" || e.Ref == "" {
			t.Errorf("%s: %+v", v.Name(), e)
		}
	}
}

// named tells whether a value of a table has a name.
func named[T interface{ Name() string }](all iter.Seq[T], is func(string) bool) bool {
	for v := range all {
		if is(v.Name()) {
			return true
		}
	}
	return false
}

// known tells whether iana's tables have a name in a registry.
func known(registry, name string) bool {
	same := func(s string) bool { return s == name }
	switch registry {
	case "alert":
		return named(iana.AllAlerts(), same)
	case "message":
		return named(iana.AllHandshakeTypes(), same)
	case "version":
		return named(iana.AllVersions(), same)
	case "extension":
		return named(iana.AllExtensionTypes(), same)
	case "group":
		return named(iana.AllGroups(), same)
	case "scheme":
		return named(iana.AllSignatureSchemes(), same)
	case "cipher":
		return named(iana.AllCipherSuites(), func(s string) bool { return strings.Contains(s, "_"+name) })
	}
	return registry == "term"
}

func TestEveryEntryIsWholeAndOfItsRegistry(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range explain.Codes() {
		key := e.Registry + " " + e.Name
		switch {
		case !slices.Contains(explain.Registries(), e.Registry), !known(e.Registry, e.Name):
			t.Errorf("%s: no such code point", key)
		case e.Text == "" || e.Ref == "":
			t.Errorf("%s: %+v", key, e)
		case seen[key]:
			t.Errorf("%s stands twice", key)
		}
		seen[key] = true
	}
}

func TestTheCodesTableCanBeRead(t *testing.T) {
	if bad := explain.BadCodes(); len(bad) > 0 {
		t.Errorf("%q", bad)
	}
}

func TestEveryExtensionWithALayoutHasAMeaning(t *testing.T) {
	for _, f := range explain.Paths() {
		steps := strings.Split(f.Path, ".")
		if len(steps) != 3 || steps[1] != "extensions" || strings.ToLower(steps[2]) != steps[2] || steps[2] == "*" {
			continue
		}
		if _, ok := explain.Code("extension", steps[2]); !ok && !strings.HasSuffix(steps[2], "[i]") {
			t.Errorf("%s: no entry", steps[2])
		}
	}
}

func TestACodeIsFoundByItsOtherNamesAndCase(t *testing.T) {
	for _, c := range [][3]string{
		{"term", "hrr", "HelloRetryRequest"}, {"extension", "alpn", "application_layer_protocol_negotiation"},
		{"group", "P-256", "secp256r1"}, {"alert", "Handshake_Failure", "handshake_failure"}, {"message", "ClientHello", "client_hello"},
	} {
		if e, ok := explain.Code(c[0], c[1]); !ok || e.Name != c[2] {
			t.Errorf("%s %s: %+v, %v", c[0], c[1], e, ok)
		}
	}
	if e, ok := explain.Code("alert", "client_hello"); ok {
		t.Errorf("an alert named client_hello: %+v", e)
	}
}

func TestSearchPutsTheExactNameFirst(t *testing.T) {
	for word, want := range map[string]string{"hrr": "hello_retry_request", "certificate": "certificate", "x25519": "x25519", "PROTOCOL_VERSION": "protocol_version"} {
		if got := explain.Search(word); len(got) == 0 || got[0].Name != want {
			t.Errorf("%s: %+v", word, got)
		}
	}
	if got := explain.Search("quantum"); len(got) < 3 {
		t.Errorf("quantum is found in texts: %+v", got)
	}
	if got := explain.Search("  "); got != nil {
		t.Errorf("nothing was asked: %+v", got)
	}
}
