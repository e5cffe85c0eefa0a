package render

import (
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func TestANarrowLadderBreaksLinesAndCutsNone(t *testing.T) {
	for _, tr := range []*trace.Trace{simpleHandshake(t), hybrid(t)} {
		got := shown(t, tr, Options{Width: 80})
		ladder, _, _ := strings.Cut(got, "    ok ")
		if strings.Contains(ladder, "…\n") {
			t.Errorf("cut:\n%s", got)
		}
		if n := strings.Count(got, "\n"); n > 40 {
			t.Errorf("%d lines", n)
		}
		words := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, " · ", " ")), " ") }
		full, _, _ := strings.Cut(shown(t, tr, Options{}), "    ok ")
		if words(ladder) != words(full) {
			t.Errorf("the words are others than at full width:\n%s", ladder)
		}
	}
}

func TestANarrowTreeHasItsExplanationsOnLinesOfTheirOwn(t *testing.T) {
	got := shown(t, simpleHandshake(t), Options{Width: 80, Verbosity: 1})
	for _, want := range []string{
		"\n    names the certificate at its issuer, for revocation\n", // deep in the tree, after its branches
		"names, uses and limits",
	} {
		if !strings.Contains(strings.ReplaceAll(strings.ReplaceAll(got, "│ ", ""), "      ", "    "), strings.TrimLeft(want, "\n ")) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	checkSafe(t, Options{Width: 80}, got)
}

func TestEncryptedExtensionsNameWhatTheyHold(t *testing.T) {
	if got := shown(t, simpleHandshake(t), Options{}); !strings.Contains(got, "its groups x25519, secp256r1, secp384r1, …6 more") {
		t.Errorf("the groups of RFC 8448 are not there:\n%s", got)
	}
	s := newScript("server")
	s.ctx.Version = iana.TLS13
	s.message(trace.Received, encoded(t, &message.EncryptedExtensions{}), true)
	if got := shown(t, s.done(), Options{}); !strings.Contains(got, "nothing to add") {
		t.Error(got)
	}
}
