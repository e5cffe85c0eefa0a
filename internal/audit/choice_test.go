package audit_test

import (
	"crypto/tls"
	"errors"
	"slices"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
)

func TestGroupsOfCryptoTLSAreThoseThatAreConfigured(t *testing.T) {
	for name, want := range map[string][]tls.CurveID{
		"classical":    {tls.CurveP384, tls.X25519},
		"one":          {tls.CurveP521},
		"with hybrids": {tls.X25519MLKEM768, tls.X25519, tls.CurveP256},
	} {
		d := enumerate(t, serve(t, &tls.Config{Certificates: []tls.Certificate{identities.rsa()}, CurvePreferences: want}), nil)
		complete(t, d)
		for _, since13 := range []bool{true, false} {
			var expected []uint16
			for _, g := range want {
				if since13 || g != tls.X25519MLKEM768 {
					expected = append(expected, uint16(g))
				}
			}
			if got := groups(d, since13); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(expected))) {
				t.Errorf("%s, since TLS 1.3 %t: %v, want %v", name, since13, got, expected)
			}
		}
		if q := question(t, d, "post_quantum"); (q.Answer.Status == audit.Yes) != (name == "with hybrids") {
			t.Errorf("%s: %+v", name, q)
		}
		if hasFinding(d, "endpoint.hybrid_passed_over") {
			t.Errorf("%s: %+v", name, d.PostQuantum)
		}
	}
}

// choosy returns a server that decides by the hello.
func choosy(t testing.TB, decide func(*tls.ClientHelloInfo, *tls.Config) error) string {
	base := &tls.Config{Certificates: []tls.Certificate{identities.rsa()}, MinVersion: tls.VersionTLS12}
	cfg := base.Clone()
	cfg.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		c := base.Clone()
		return c, decide(h, c)
	}
	return serve(t, cfg)
}

func TestAServerThatSavesARoundTripAtTheCostOfTheHybridIsAFinding(t *testing.T) {
	d := enumerate(t, choosy(t, func(h *tls.ClientHelloInfo, c *tls.Config) error {
		if len(h.SupportedCurves) == 2 {
			c.CurvePreferences = []tls.CurveID{tls.X25519}
		}
		return nil
	}), nil)
	if !hasFinding(d, "endpoint.hybrid_passed_over") {
		t.Errorf("%+v", d.PostQuantum)
	}
}

func TestIntoleranceIsFoundByTheHelloThatItIsAbout(t *testing.T) {
	broken := errors.New("what is that")
	for id, refuses := range map[string]func(*tls.ClientHelloInfo) bool{
		"robust.grease":          func(h *tls.ClientHelloInfo) bool { return slices.Contains(h.CipherSuites, 0x2a2a) },
		"robust.unknown_version": func(h *tls.ClientHelloInfo) bool { return slices.Contains(h.SupportedVersions, 0x0305) },
		"robust.large_segment":   func(h *tls.ClientHelloInfo) bool { return slices.Contains(h.Extensions, 21) },
	} {
		d := enumerate(t, choosy(t, func(h *tls.ClientHelloInfo, _ *tls.Config) error {
			if refuses(h) {
				return broken
			}
			return nil
		}), nil)
		if q := question(t, d, id); q.Answer.Status != audit.No {
			t.Errorf("%s: %+v", id, q.Answer)
		}
		if !hasFinding(d, "endpoint.intolerant") {
			t.Errorf("%s: %+v", id, d.Findings)
		}
		if q := question(t, d, "robust.split_records"); q.Answer.Status != audit.Yes {
			t.Errorf("beside %s: %+v", id, q.Answer)
		}
	}
}

func TestAClientCertificateThatIsAskedForIsSeen(t *testing.T) {
	for _, auth := range []tls.ClientAuthType{tls.NoClientCert, tls.RequestClientCert, tls.RequireAnyClientCert} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			d := enumerate(t, serve(t, &tls.Config{Certificates: []tls.Certificate{identities.rsa()}, ClientAuth: auth, MaxVersion: version, MinVersion: version}), nil)
			complete(t, d)
			if q := question(t, d, "client_certificate"); (q.Answer.Status == audit.Yes) != (auth != tls.NoClientCert) {
				t.Errorf("%x, %s: %+v", version, auth, q.Answer)
			}
		}
	}
}

func TestAnotherCertificateWithoutTheNameIsFound(t *testing.T) {
	cfg := &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
		c := identities.rsa()
		if h.ServerName == "" {
			c = identities.ecdsa()
		}
		return &c, nil
	}}
	d := enumerate(t, serve(t, cfg), nil)
	if len(d.Certificates) != 2 {
		t.Errorf("%+v", d.Certificates)
	}
}

func TestStapledResponsesAndTimestampsAreSeen(t *testing.T) {
	c := identities.rsa()
	c.OCSPStaple, c.SignedCertificateTimestamps = []byte{0x30, 0}, [][]byte{make([]byte, 60)}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		d := enumerate(t, serve(t, &tls.Config{Certificates: []tls.Certificate{c}, MaxVersion: version, MinVersion: version}), nil)
		complete(t, d)
		for _, id := range []string{"extension.status_request", "extension.sct"} {
			if q := question(t, d, id); q.Answer.Status != audit.Yes {
				t.Errorf("%x: %s: %+v", version, id, q.Answer)
			}
		}
	}
}
