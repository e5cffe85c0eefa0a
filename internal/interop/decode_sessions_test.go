package interop

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// decodeAll decodes what a server and its clients said to each other, with all secrets, each stream whole.
func decodeAll(t *testing.T, file, keylog string, sessions []captured) map[string]*trace.Trace {
	t.Helper()
	b, log := readCaptured(t, file, keylog)
	traces := make(map[string]*trace.Trace)
	for i, s := range sessions {
		list := decodeBytes(b, log, i)
		if len(list) != 1 {
			t.Fatalf("%s: %d streams", s.name, len(list))
		}
		traces[s.name] = list[0].Trace
	}
	return traces
}

// statusOf returns the worst status of a check in a trace, and whether it was made.
func statusOf(tr *trace.Trace, id finding.ID) (worst finding.Status, made bool) {
	for _, e := range tr.Events {
		for _, f := range e.Findings {
			if f.ID == string(id) && (!made || finding.Worse(f.Status, worst)) {
				worst, made = f.Status, true
			}
		}
	}
	return worst, made
}

// holds wants a check made, and passed.
func holds(t *testing.T, tr *trace.Trace, ids ...finding.ID) {
	t.Helper()
	for _, id := range ids {
		if s, made := statusOf(tr, id); !made || s != finding.Pass {
			t.Errorf("%s: %v, made %v", id, s, made)
		}
	}
}

// brokeNothing wants no rule broken.
func brokeNothing(t *testing.T, name string, tr *trace.Trace) {
	t.Helper()
	for _, e := range tr.Events {
		for _, f := range e.Findings {
			if _, isRule := finding.Lookup(finding.ID(f.ID)); isRule && len(f.ID) > 5 && f.ID[:5] == "rule." {
				t.Errorf("%s: event %d: %s: %s, %s", name, e.N, f.ID, f.Expected, f.Actual)
			}
		}
	}
}

// clientProof is the id of the check of a client's signature.
const clientProof finding.ID = "handshake.client_certificate"

func TestClientCertificatesOfOthersAreShownAndProved(t *testing.T) {
	tshark := testpeer.Need(t, "tshark")
	dir := t.TempDir()
	made := testpeer.NewPKI(t.TempDir())
	server := made.Issue(t, testpeer.RSA2048)
	var sessions []captured
	for name, kind := range map[string]testpeer.KeyKind{"RSA": testpeer.RSA2048, "ECDSA": testpeer.ECDSAP256, "Ed25519": testpeer.Ed25519} {
		own := made.Issue(t, kind)
		with := []string{"-cert", own.Cert, "-key", own.Key}
		sessions = append(sessions, captured{name: "TLS 1.3, " + name, client: append([]string{"-tls1_3"}, with...)},
			captured{name: "TLS 1.2, " + name, client: append([]string{"-tls1_2"}, with...)})
		if name != "Ed25519" {
			sessions = append(sessions, captured{name: "TLS 1.0, " + name, client: append([]string{"-tls1", "-cipher", "ALL:@SECLEVEL=0"}, with...)})
		}
	}
	srv := testpeer.OpenSSL(t, "-cert", server.Cert, "-key", server.Key, "-www", "-Verify", "2", "-CAfile", made.Root(t), "-cipher", "ALL:@SECLEVEL=0")
	file, keylog := talkAll(t, srv, sessions, dir)
	asTsharkDoes(t, tshark, file, keylog, sessions)
	for name, tr := range decodeAll(t, file, keylog, sessions) {
		brokeNothing(t, name, tr)
		holds(t, tr, finding.HandshakeFinished)
		if count(tr, trace.Sent, "certificate") != 1 || count(tr, trace.Sent, "certificate_verify") != 1 {
			t.Errorf("%s: the client's certificate and signature are not shown", name)
		}
		if asked := tr.Summary.ClientCertificateRequested; asked == nil || !*asked {
			t.Errorf("%s: nobody asked", name)
		}
		if _, known := finding.Lookup(clientProof); known {
			holds(t, tr, clientProof)
		}
	}
	t.Run("without secrets", func(t *testing.T) { // what passes in the clear is checked all the same
		for i, s := range sessions {
			b, _ := readCaptured(t, file, keylog)
			tr := decodeBytes(b, nil, i)[0].Trace
			if clear := tr.Summary.Version.Value <= uint64(iana.TLS12); clear != (count(tr, trace.Sent, "certificate_verify") == 1) {
				t.Errorf("%s: the client's signature is shown: %v", s.name, !clear)
			} else if _, known := finding.Lookup(clientProof); known && clear {
				holds(t, tr, clientProof)
			}
		}
	})
}

func TestSessionsThatGoOnByIdAndTicketAreDecoded(t *testing.T) {
	tshark := testpeer.Need(t, "tshark")
	pair := testpeer.NewPKI(t.TempDir()).Issue(t, testpeer.ECDSAP256)
	for name, more := range map[string][]string{"ticket": nil, "id": {"-no_ticket"}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			sessions := []captured{
				{name: "whole", client: []string{"-tls1_2", "-sess_out", filepath.Join(dir, "12")}},
				{name: "resumed", client: []string{"-tls1_2", "-sess_in", filepath.Join(dir, "12")}},
			}
			srv := testpeer.OpenSSL(t, append([]string{"-cert", pair.Cert, "-key", pair.Key, "-www", "-tls1_2"}, more...)...)
			file, keylog := talkAll(t, srv, sessions, dir)
			asTsharkDoes(t, tshark, file, keylog, sessions)
			all := decodeAll(t, file, keylog, sessions)
			for name, tr := range all {
				brokeNothing(t, name, tr)
				holds(t, tr, finding.HandshakeFinished)
				if r := tr.Summary.Resumed; r == nil || *r != (name == "resumed") {
					t.Errorf("%s: resumed is %v", name, r)
				}
			}
			if n := count(all["resumed"], trace.Received, "certificate"); n > 0 {
				t.Error("a certificate is shown in a session that was resumed")
			}
		})
	}
}

func TestEarlyDataOfOthersIsDecrypted(t *testing.T) {
	tshark := testpeer.Need(t, "tshark")
	dir := t.TempDir()
	pair := testpeer.NewPKI(t.TempDir()).Issue(t, testpeer.ECDSAP256)
	early := filepath.Join(dir, "early")
	if err := os.WriteFile(early, []byte("sent before anything was heard\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ticket := filepath.Join(dir, "ticket")
	// What s_client says of tickets stays in its buffer; what -state says doesn't.
	quit := []testpeer.Step{{Until: "read server session ticket", Say: "Q\n"}}
	more := []testpeer.Step{{Until: "read server session ticket", Say: "more\n"}, {Say: "Q\n"}}
	sessions := []captured{
		{name: "whole", client: []string{"-tls1_3", "-state", "-sess_out", ticket}, steps: quit, says: "Early data was not sent"},
		{name: "early", client: []string{"-tls1_3", "-state", "-sess_in", ticket, "-early_data", early}, steps: more, says: "Early data was accepted"},
		{name: "refused", client: []string{"-tls1_3", "-state", "-sess_in", ticket, "-early_data", early}, steps: more, says: "Early data was rejected"},
	}
	srv := testpeer.OpenSSL(t, "-cert", pair.Cert, "-key", pair.Key, "-tls1_3", "-early_data")
	file, keylog := talkAll(t, srv, sessions, dir)
	asTsharkDoes(t, tshark, file, keylog, sessions)
	for name, tr := range decodeAll(t, file, keylog, sessions) {
		brokeNothing(t, name, tr)
		holds(t, tr, finding.HandshakeFinished)
		var sent string
		for _, e := range tr.Events {
			if d, ok := e.Detail.(*trace.Data); ok && d.Early {
				sent += string(e.Buf.Bytes)
			}
		}
		if want := map[string]string{"early": "sent before anything was heard\n", "refused": "sent before anything was heard\n"}[name]; sent != want {
			t.Errorf("%s: early data is %q", name, sent)
		}
		if e := tr.Summary.EarlyData; e == nil || *e != (name == "early") {
			t.Errorf("%s: the summary has early data %v", name, e)
		}
	}
}

func TestARenegotiationOfOthersIsDecoded(t *testing.T) {
	tshark := testpeer.Need(t, "tshark")
	dir := t.TempDir()
	made := testpeer.NewPKI(t.TempDir())
	pair := made.Issue(t, testpeer.RSA2048)
	again := []testpeer.Step{{Until: "read finished", Say: "R\n"}, {Until: "RENEGOTIATING"}, {Until: "read finished", Say: "afterwards\n"}, {Say: "Q\n"}}
	sessions := []captured{
		{name: "GCM", client: []string{"-tls1_2", "-state", "-cert", pair.Cert, "-key", pair.Key}, steps: again},
		{name: "CBC", client: []string{"-tls1_2", "-state", "-cipher", "ECDHE-RSA-AES128-SHA", "-cert", pair.Cert, "-key", pair.Key}, steps: again},
	}
	srv := testpeer.OpenSSL(t, "-cert", pair.Cert, "-key", pair.Key, "-tls1_2", "-client_renegotiation", "-Verify", "2", "-CAfile", made.Root(t))
	file, keylog := talkAll(t, srv, sessions, dir)
	asTsharkDoes(t, tshark, file, keylog, sessions)
	for name, tr := range decodeAll(t, file, keylog, sessions) {
		brokeNothing(t, name, tr)
		holds(t, tr, finding.HandshakeFinished, finding.HandshakeServerKeyExchange, finding.HandshakeRenegotiationInfo)
		if count(tr, trace.Sent, "client_hello") != 2 || count(tr, trace.Received, "finished") != 2 {
			t.Errorf("%s: the second handshake is not shown", name)
		}
	}
}
