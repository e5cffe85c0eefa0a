package conn_test

import (
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// accept is a verifier for tests that are not about trust.
func accept(*handshake.VerifyChain) ([]finding.Finding, bool) { return nil, true }

// checkProofs wants the two proofs of a TLS 1.3 handshake passed, and every tree sound.
func checkProofs(t *testing.T, rec *trace.Recorder) {
	t.Helper()
	passed := make(map[string]bool)
	for _, e := range rec.Events {
		if e.Tree != nil {
			if err := e.Tree.Check(); err != nil {
				t.Errorf("tree of %s: %v", e.Kind, err)
			}
		}
		for _, f := range e.Findings {
			if f.Status == finding.Pass {
				passed[f.ID] = true
			}
			if f.Status == finding.Fail {
				t.Errorf("%s: %s, expected %s, got %s", f.ID, f.Message, f.Expected, f.Actual)
			}
		}
	}
	for _, id := range []finding.ID{finding.HandshakeFinished, finding.HandshakeCertificateVerify} {
		if !passed[string(id)] {
			t.Errorf("%s did not pass", id)
		}
	}
}
