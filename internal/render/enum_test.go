package render

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// enumeration is a document with something of everything.
func enumeration() *audit.Document {
	yes := func(n int) audit.Answer { return audit.Answer{Status: audit.Yes, Connection: n} }
	no := func(why string) audit.Answer { return audit.Answer{Status: audit.No, Reason: why} }
	suite := func(s iana.CipherSuite, word, why string) audit.Suite {
		return audit.Suite{Suite: trace.CodeOf(s), Strength: word, Why: why, Connection: 1}
	}
	group := func(g iana.Group) audit.Group { return audit.Group{Group: trace.CodeOf(g)} }
	until := time.Date(2027, 1, 25, 0, 0, 0, 0, time.UTC)
	age, early, alpn := int64(63072000), uint64(16384), "http/1.1"
	hybrid, x25519 := trace.CodeOf(iana.X25519MLKEM768), trace.CodeOf(iana.X25519)
	second := trace.CodeOf(iana.SecP384r1MLKEM1024)
	return &audit.Document{
		Target: audit.Target{Input: "example.test", Host: "example.test", Port: 443, SNI: "example.test", Address: "192.0.2.1:443"},
		Protocols: []audit.Protocol{
			{Version: trace.CodeOf(iana.TLS13), Support: yes(1), Complete: yes(2), Preference: audit.PreferServer, Suites: []audit.Suite{
				suite(iana.TLS_AES_256_GCM_SHA384, audit.Good, ""), suite(iana.TLS_CHACHA20_POLY1305_SHA256, audit.Good, ""),
			}, ChaCha: audit.Answer{Status: audit.Yes, Reason: "for a client that does not lead with AES-GCM"}},
			{Version: trace.CodeOf(iana.TLS12), Support: yes(3), Preference: audit.PreferClient, Suites: []audit.Suite{
				suite(iana.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, audit.Good, ""), suite(iana.TLS_RSA_WITH_RC4_128_MD5, audit.Broken, "RC4"),
			}, Complete: audit.Answer{Status: audit.Unknown, Reason: "no answer in time"}},
			{Version: trace.CodeOf(iana.TLS11), Support: no("alert protocol_version(70)")},
		},
		Groups: []audit.GroupList{
			{Version: trace.CodeOf(iana.TLS13), Groups: []audit.Group{group(iana.X25519MLKEM768), group(iana.SecP384r1MLKEM1024), group(iana.X25519)}, Complete: yes(4), Preference: audit.PreferServer},
			{Version: trace.CodeOf(iana.TLS12), Groups: []audit.Group{group(iana.X25519)}, Complete: yes(5), Preference: audit.PreferNone},
		},
		PostQuantum: []audit.HybridRow{
			{Group: *hybrid, Offer: "the hybrid first, a share of the other alone", Picked: x25519, Answer: yes(6)},
			{Group: *second, Offer: "it first, shares of both", Picked: second, Answer: yes(7)},
			{Group: *second, Offer: "it first, a share of the other alone", Picked: second, Retry: true, Answer: yes(8)},
		},
		Certificates: []audit.Certificate{
			{Asked: []string{"TLS 1.3 RSA", "TLS 1.2 RSA"}, Subject: "CN=example.test", Key: "RSA 2048", NotAfter: &until, Verdict: "accept"},
			{Asked: []string{"another server_name"}, Subject: "CN=default\x1b[2J\u202e.test", Key: "RSA 1024", Verdict: "reject"},
		},
		Signatures: []audit.SchemeList{{Version: trace.CodeOf(iana.TLS13), Key: "RSA", Schemes: []audit.Scheme{{Scheme: trace.CodeOf(iana.RSAPSSRSAESHA256)}}}},
		ALPN:       []string{"h2", "http/1.1"},
		Handshake: &audit.Handshake{
			Answer: yes(9), Outcome: trace.OK, Summary: trace.Summary{
				Version: trace.CodeOf(iana.TLS13), CipherSuite: trace.CodeOf(iana.TLS_AES_256_GCM_SHA384), Group: hybrid, ALPN: &alpn,
			}, Tickets: []audit.Ticket{{Lifetime: 604800, Bytes: 200, EarlyData: &early}, {Lifetime: 604800, Bytes: 200, EarlyData: &early}},
		},
		HTTP: &audit.HTTP{
			Status: 301, Location: "https://www.example.test/\x1b]0;gone\a",
			HSTS: audit.HSTS{Present: true, Valid: true, Raw: "max-age=63072000; includeSubDomains; preload", MaxAge: &age, IncludeSubdomains: true, Preload: true},
		},
		Questions: []audit.Question{
			{ID: "protocol.tls1.3", Answer: yes(1), Askable: true},
			{ID: "server_name.other", Answer: yes(10), Askable: true, Values: []string{"another certificate"}},
			{ID: "extension.encrypted_client_hello", Answer: no(""), Askable: true},
			{ID: "http.hsts", Answer: yes(9), Askable: true, Values: []string{"max-age=63072000; includeSubDomains; preload"}},
			{ID: "robust.grease", Answer: audit.Answer{Status: audit.Unknown, Reason: "no answer in time"}, Askable: true},
			{ID: "resumption", Answer: audit.Answer{Status: audit.Unknown, Reason: "the engine can't resume yet"}},
		},
		Findings: []finding.Finding{finding.Of(finding.EndpointSuiteForbidden)},
		Cost:     audit.Cost{Connections: 113, Sent: 60000, Received: 120000, Ms: 170},
	}
}

func TestEnumerationsAreShownAsRecorded(t *testing.T) {
	for name, o := range map[string]Options{
		"enum-80": {Width: 80}, "enum-120": {Width: 120}, "enum-v": {Width: 120, Verbosity: 1}, "enum-80-ascii": {Width: 80, ASCII: true},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Enumeration(&b, enumeration(), o); err != nil {
				t.Fatal(err)
			}
			got := b.String()
			for line := range strings.Lines(got) {
				if w := safetext.Width(strings.TrimSuffix(line, "\n")); w > o.Width {
					t.Errorf("%d columns: %s", w, line)
				}
			}
			if strings.ContainsAny(got, "\x1b\a\u202e") {
				t.Error("it holds what a terminal obeys")
			}
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("differs from %s (-update writes it anew):\n%s", golden, firstDifference(got, string(want)))
			}
		})
	}
}

func TestAHandshakeOrAPageThatCameToNothingIsSaidSo(t *testing.T) {
	for want, change := range map[string]func(*audit.Document){
		"handshake     no: alert handshake_failure": func(d *audit.Document) {
			d.Handshake = &audit.Handshake{Answer: audit.Answer{Status: audit.No, Reason: "alert handshake_failure(40)"}, Outcome: trace.HandshakeFailed}
		},
		"status 200 · no HSTS": func(d *audit.Document) { d.HTTP = &audit.HTTP{Status: 200} },
		`HSTS void: max-age is missing in "preload"`: func(d *audit.Document) {
			d.HTTP = &audit.HTTP{Status: 200, HSTS: audit.HSTS{Present: true, Raw: "preload", Why: "max-age is missing"}}
		},
		"HSTS taken back": func(d *audit.Document) {
			zero := int64(0)
			d.HTTP = &audit.HTTP{Status: 200, HSTS: audit.HSTS{Present: true, Valid: true, MaxAge: &zero}}
		},
		"no ticket": func(d *audit.Document) { d.Handshake.Tickets = nil },
	} {
		d := enumeration()
		change(d)
		var b bytes.Buffer
		if err := Enumeration(&b, d, Options{}); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
