package interop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// habit is a way of s_server that shows in the trace.
type habit struct {
	name     string
	args     []string
	versions []iana.Version
	alpn     []string
	say      talk
	shows    func(*testing.T, *trace.Trace)
}

var (
	both   = []iana.Version{iana.TLS12, iana.TLS13}
	newest = []iana.Version{iana.TLS13}
)

// long is a line that needs many small records, and its answer.
var long = func() talk {
	line := strings.Repeat("stressed desserts ", 400)
	backwards := []byte(line)
	slices.Reverse(backwards)
	return ask(line+"\n", string(backwards)+"\n")
}()

// habits are those that s_server has flags for; staple is a file with an OCSP response.
func habits(staple string) []habit {
	tickets := func(n int) func(*testing.T, *trace.Trace) {
		return func(t *testing.T, tr *trace.Trace) {
			if got := count(tr, trace.Received, "new_session_ticket"); got != n {
				t.Errorf("%d tickets came, want %d\n%s", got, n, story(tr))
			}
		}
	}
	ccs := func(n int) func(*testing.T, *trace.Trace) {
		return func(t *testing.T, tr *trace.Trace) {
			if got := count(tr, trace.Received, "change_cipher_spec"); got != n {
				t.Errorf("change_cipher_spec came %d times, want %d\n%s", got, n, story(tr))
			}
		}
	}
	return []habit{
		{name: "ALPN", args: []string{"-alpn", "h2,http/1.1"}, versions: both, alpn: []string{"tlsprobe/0", "http/1.1"}, say: reversed,
			shows: func(t *testing.T, tr *trace.Trace) { terms{alpn: "http/1.1"}.holds(t, tr) }},
		{name: "ticket", versions: []iana.Version{iana.TLS12}, say: reversed, shows: tickets(1)},
		{name: "two tickets", versions: newest, say: reversed, shows: tickets(2)},
		{name: "five tickets", args: []string{"-num_tickets", "5"}, versions: newest, say: reversed, shows: tickets(5)},
		{name: "no ticket", args: []string{"-no_ticket"}, versions: []iana.Version{iana.TLS12}, say: reversed, shows: tickets(0)},
		{name: "no tickets", args: []string{"-num_tickets", "0"}, versions: newest, say: reversed, shows: tickets(0)},
		{name: "small records", args: []string{"-max_send_frag", "512"}, versions: both, say: long, shows: recordsUpTo(512)},
		{name: "split records", args: []string{"-split_send_frag", "600", "-max_send_frag", "600"}, versions: both, say: long, shows: recordsUpTo(600)},
		{name: "padding", args: []string{"-record_padding", "512"}, versions: newest, say: reversed, shows: padded},
		{name: "stapled response", args: []string{"-status_file", staple}, versions: both, say: reversed,
			shows: func(t *testing.T, tr *trace.Trace) { terms{stapled: new(true)}.holds(t, tr) }},
		{name: "no stapled response", versions: both, say: reversed,
			shows: func(t *testing.T, tr *trace.Trace) { terms{stapled: new(false)}.holds(t, tr) }},
		{name: "middlebox compatibility", versions: newest, say: reversed, shows: ccs(1)},
		{name: "no middlebox compatibility", args: []string{"-no_middlebox"}, versions: newest, say: reversed, shows: ccs(0)},
	}
}

// staple writes an OCSP response to a file.
func staple(t *testing.T) string {
	t.Helper()
	ca, err := demo.NewCA(demo.CAOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// It is about another certificate than the server's, which s_server doesn't mind.
	cert, err := ca.Issue(demo.LeafOptions{Staple: true})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ocsp.der")
	if err := os.WriteFile(file, cert.OCSPStaple, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestServerWithoutSecureRenegotiationIsToldApart(t *testing.T) {
	testpeer.Need(t, "gnutls-serv")
	for _, c := range []struct {
		priority string
		secure   bool
	}{{everything, true}, {everything + ":%DISABLE_SAFE_RENEGOTIATION", false}} {
		server := gnutlsServer(t, c.priority, testpeer.RSA2048)
		tr := completes(t, server.Addr, every(iana.TLS12, iana.TLS12), echoed)
		terms{secure: &c.secure}.holds(t, tr)
	}
}

func TestHabitOfEveryPeerIsCompletedAndShown(t *testing.T) {
	testpeer.Need(t, "openssl")
	pair := pki.Issue(t, testpeer.RSA2048)
	for _, h := range habits(staple(t)) {
		t.Run(h.name, func(t *testing.T) {
			server := testpeer.OpenSSL(t, append([]string{"-rev", "-cert", pair.Cert, "-key", pair.Key}, h.args...)...)
			for _, v := range h.versions {
				t.Run(v.String(), func(t *testing.T) {
					offer := every(v, v)
					offer.ALPN = h.alpn
					h.shows(t, completes(t, server.Addr, offer, h.say))
				})
			}
		})
	}
}

// recordsUpTo holds what came under protection to a size.
func recordsUpTo(most int) func(*testing.T, *trace.Trace) {
	return func(t *testing.T, tr *trace.Trace) {
		total, records := 0, 0
		for _, e := range tr.Events {
			if d, ok := e.Detail.(*trace.Data); ok && e.Dir == trace.Received {
				if d.Length > most {
					t.Errorf("a record of %d bytes", d.Length)
				}
				total += d.Length
				records++
			}
		}
		if records < total/most || total == 0 {
			t.Errorf("%d bytes in %d records", total, records)
		}
	}
}

func padded(t *testing.T, tr *trace.Trace) {
	n := 0
	for _, e := range tr.Events {
		d, ok := e.Detail.(*trace.Record)
		if !ok || e.Dir != trace.Received || !d.Protected {
			continue
		}
		// RFC 8446, Section 5.2: content, one byte of type and the padding are what is padded.
		if inner := d.Length - 16; inner%512 != 0 || d.Padding == 0 {
			t.Errorf("record %d has %d bytes inside, %d of them padding", d.Number, inner, d.Padding)
		}
		n++
	}
	if n == 0 {
		t.Error("nothing came under protection")
	}
}

// keyUpdate is how s_server -msg reports the message, after ">>> " or "<<< ".
const keyUpdate = "TLS 1.3, Handshake [length 0005], KeyUpdate"

// errSilent tells that the server did not print what it should have.
var errSilent = errors.New("the server did not show it")

// types writes a command, or a line to be sent, to a server.
func types(server *testpeer.Server, line string) talk {
	return func(context.Context, *conn.Conn) error {
		_, err := io.WriteString(server.Stdin, line+"\n")
		return err
	}
}

// tells sends a line and waits until the server prints it.
func tells(server *testpeer.Server, line string) talk {
	return func(_ context.Context, session *conn.Conn) error {
		if _, err := io.WriteString(session, line+"\n"); err != nil {
			return err
		}
		return shown(server, line)
	}
}

func shown(server *testpeer.Server, prefix string) error {
	if _, ok := server.SoonLine(prefix); !ok {
		return fmt.Errorf("%w: %q", errSilent, prefix)
	}
	return nil
}

func hears(line string) talk { return ask("", line+"\n") }

func shows(server *testpeer.Server, prefix string) talk {
	return func(context.Context, *conn.Conn) error { return shown(server, prefix) }
}

func TestKeyUpdateOfEitherSideIsFollowed(t *testing.T) {
	testpeer.Need(t, "openssl")
	pair := pki.Issue(t, testpeer.RSA2048)
	for _, c := range []struct {
		name           string
		command        string // of s_server: K asks for ours, k does not
		request        bool
		received, sent int
	}{
		{"asked for", "K", false, 1, 1},
		{"not asked for", "k", false, 1, 0},
		{"ours, asking", "", true, 1, 1},
		{"ours", "", false, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := testpeer.OpenSSL(t, "-msg", "-cert", pair.Cert, "-key", pair.Key)
			update := inTurn(types(server, c.command), shows(server, ">>> "+keyUpdate))
			if c.command == "" {
				update = func(_ context.Context, session *conn.Conn) error {
					session.UpdateKeys(c.request)
					return shown(server, "<<< "+keyUpdate)
				}
			}
			tr := completes(t, server.Addr, every(iana.TLS13, iana.TLS13), inTurn(
				tells(server, "before"), update,
				types(server, "to you"), hears("to you"),
				tells(server, "after"),
			))
			received, sent := count(tr, trace.Received, "key_update"), count(tr, trace.Sent, "key_update")
			if received != c.received || sent != c.sent {
				t.Errorf("%d key updates received, %d sent, want %d and %d\n%s", received, sent, c.received, c.sent, story(tr))
			}
		})
	}
}

func TestRenegotiationThatTheServerWantsIsDeclined(t *testing.T) {
	testpeer.Need(t, "openssl")
	pair := pki.Issue(t, testpeer.RSA2048)
	for _, v := range []iana.Version{iana.TLS10, iana.TLS12} {
		t.Run(v.String(), func(t *testing.T) {
			server := testpeer.OpenSSL(t, "-cert", pair.Cert, "-key", pair.Key, "-cipher", anything)
			// OpenSSL takes the refusal for a failed handshake and leaves; how is its own affair.
			tr := drive(t, server.Addr, every(v, v), inTurn(tells(server, "before"), types(server, "r"), func(_ context.Context, session *conn.Conn) error {
				_, _ = io.Copy(io.Discard, session)
				return nil
			}))
			declined := false
			for _, e := range tr.Events {
				d, ok := e.Detail.(*trace.AlertDetail)
				declined = declined || ok && e.Dir == trace.Sent && d.Description.Value == uint64(iana.AlertNoRenegotiation)
			}
			if count(tr, trace.Received, "hello_request") != 1 || !declined {
				t.Errorf("declined: %v\n%s", declined, story(tr))
			}
		})
	}
}
