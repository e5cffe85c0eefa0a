package render

import (
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func TestTheLabelOfACheckIsTheIDThatExplainTakes(t *testing.T) {
	got := shown(t, simpleHandshake(t), Options{Verbosity: 1})
	for _, id := range []finding.ID{finding.ChainRootTrust, finding.HandshakeCertificateVerify} {
		if !strings.Contains(got, "ok    "+string(id)+" ") {
			t.Errorf("no %s in\n%s", id, got)
		}
	}
}

func TestAnEndWithoutCloseNotifyIsHarmlessAfterOurs(t *testing.T) {
	s := newScript("server")
	s.event(&trace.Event{Layer: trace.LayerNet, Kind: "closed", Detail: &trace.Closed{How: "eof"}})
	if got := shown(t, s.t, Options{}); !strings.Contains(got, "closed: end of stream ··") {
		t.Error(got)
	}
	s = newScript("server")
	s.alert(trace.Sent, message.Alert{Level: iana.Warning, Description: iana.AlertCloseNotify}, true)
	s.event(&trace.Event{Layer: trace.LayerNet, Kind: "closed", Detail: &trace.Closed{How: "eof"}})
	if got := shown(t, s.t, Options{}); !strings.Contains(got, "closed: end of stream without close_notify, after ours: harmless ··") {
		t.Error(got)
	}
}

func TestShortTimesAreNotRoundedToNothing(t *testing.T) {
	for v, want := range map[float64]string{0: "0ms", 0.004: "0.004ms", 0.02: "0.02ms", 0.0994: "0.099ms", 0.1: "0.1ms", 99.94: "99.9ms", 123.4: "123ms"} {
		if got := ms(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

func TestNoLookupIsTimedForAnAddress(t *testing.T) {
	zero, tcp := 0.0, 0.02
	for host, want := range map[string]bool{"192.0.2.1": false, "2001:db8::1": false, "server": true} {
		s := newScript(host)
		s.t.Summary.Timing = trace.Timing{DNSMs: &zero, TCPMs: &tcp}
		got := shown(t, s.t, Options{ASCII: true})
		if strings.Contains(got, "dns") != want || !strings.Contains(got, "tcp 0.02ms") {
			t.Error(got)
		}
	}
}

func TestTheClientHelloAfterARetryIsSentAgainAsAsked(t *testing.T) {
	m := rfc8448(t, "5")
	s := newScript("server")
	first := s.message(trace.Sent, m["client ClientHello"], false)
	retry := s.message(trace.Received, encoded(t, &message.ServerHello{ // the random of RFC 8446, Section 4.1.3
		LegacyVersion: iana.TLS12, Random: sha256.Sum256([]byte("HelloRetryRequest")), CipherSuite: 0x1301, HasExtensions: true,
		Extensions: message.Extensions{{Type: iana.ExtSupportedVersions, Body: &message.SelectedVersion{Version: iana.TLS13}}},
	}), false)
	second := s.message(trace.Sent, m["client ClientHello"], false)
	second.T += time.Millisecond
	v := newView(s.done())
	if retry.Kind != "hello_retry_request" || !strings.HasPrefix(v.says(second)[0], "again, as asked · ") || strings.Contains(v.says(first)[0], "again") {
		t.Errorf("%s: %q, then %q", retry.Kind, v.says(first), v.says(second))
	}
}

func TestAFiniteFieldGroupIsNamedWithItsBitsOrCalledUnknown(t *testing.T) {
	for want, x := range map[string]*trace.Exchange{
		"DHE 2048 bits, not a known group":     {Method: "DHE", Bits: 2048},
		"DHE RFC 5114 group 24, 2048 bits":     {Method: "DHE", Known: "RFC 5114 group 24", Bits: 2048},
		"DHE ffdhe2048":                        {Method: "DHE", Known: "ffdhe2048", Bits: 2048},
		"DH_anon 1024 bits, not a known group": {Method: "DH_anon", Bits: 1024},
		"RSA 2048 bits":                        {Method: "RSA", Bits: 2048},
	} {
		if got := exchangeName(x); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestACipherIsJudgedWithWhatWasNegotiatedBesides(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		suite iana.CipherSuite
		etm   *bool
		want  string
	}{
		{0x002f, nil, "CBC without AEAD"}, {0x002f, &no, "CBC without AEAD"}, {0x002f, &yes, "CBC with encrypt_then_mac"},
		{0x1305, nil, "8-byte tag"}, {0xc0a0, nil, "8-byte tag"}, {0x0005, &yes, "RC4 is broken"}, {0x1301, &yes, "TLS_AES_128_GCM_SHA256"},
	} {
		v := &view{Trace: &trace.Trace{Summary: trace.Summary{CipherSuite: trace.CodeOf(c.suite), EncryptThenMAC: c.etm}}}
		if r := v.cipherRow()[0]; !strings.Contains(r.text, c.want) {
			t.Errorf("%s: %q", c.suite.Name(), r.text)
		}
	}
}
