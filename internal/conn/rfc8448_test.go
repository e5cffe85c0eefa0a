package conn_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// quoted is one value that the RFC quotes.
type quoted struct {
	side, kind, name string
	bytes            []byte
}

func readQuoted(t *testing.T, section string) []quoted {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "testdata", "rfc8448", "section-"+section+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	var list []quoted
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		if w := strings.Fields(sc.Text()); len(w) == 4 && w[0] != "#" {
			b, err := hex.DecodeString(w[3])
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, quoted{w[0], w[1], w[2], b})
		}
	}
	return list
}

// pick returns the values of a kind, of a side or of any ("").
func pick(list []quoted, side, kind, name string) [][]byte {
	var out [][]byte
	for _, q := range list {
		if (side == "" || q.side == side) && q.kind == kind && (name == "" || q.name == name) {
			out = append(out, q.bytes)
		}
	}
	return out
}

// script is a transport whose other side says what was written down, a record at a time.
type script struct {
	net.Conn
	says [][]byte
	sent bytes.Buffer
}

func (s *script) Read(p []byte) (int, error) {
	if len(s.says) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.says[0])
	if s.says[0] = s.says[0][n:]; len(s.says[0]) == 0 {
		s.says = s.says[1:]
	}
	return n, nil
}

func (s *script) Write(p []byte) (int, error)      { return s.sent.Write(p) }
func (s *script) Close() error                     { return nil }
func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// quotedHellos puts the RFC's ClientHellos in the place of ours.
type quotedHellos struct{ hellos [][]byte }

func (q *quotedHellos) Intercept(o *conn.Outgoing) {
	if _, ok := o.Message.(*message.ClientHello); ok {
		o.Raw, q.hellos = q.hellos[0], q.hellos[1:]
	}
}

// secretNames are the names of the schedule's secrets in the RFC's traces.
var secretNames = map[string]string{
	"early_secret": "early", "handshake_secret": "handshake", "master_secret": "master",
	"client_handshake_traffic_secret": "c_hs_traffic", "server_handshake_traffic_secret": "s_hs_traffic",
	"client_application_traffic_secret_0": "c_ap_traffic", "server_application_traffic_secret_0": "s_ap_traffic",
	"exporter_master_secret": "exp_master", "resumption_master_secret": "res_master",
}

func TestRFC8448IsReplayedToTheByte(t *testing.T) {
	for _, section := range []string{"3", "5", "7"} {
		t.Run("section "+section, func(t *testing.T) { replay(t, readQuoted(t, section)) })
	}
}

// replay plays the client of a section to its end, and returns its connection.
func replay(t *testing.T, rfc []quoted) *conn.Conn {
	t.Helper()
	var random []byte
	random = append(random, make([]byte, 64)...) // client random and session id, which the quoted hello replaces
	for _, k := range pick(rfc, "client", "private_key", "") {
		random = append(random, k...)
	}
	transport := &script{says: pick(rfc, "server", "record", "")}
	secrets := make(map[string][]byte)
	var rec trace.Recorder
	c := conn.New(transport, conn.Config{
		Handshake: handshake.Config{
			Offer: handshake.Offer{
				Min: iana.TLS13, Max: iana.TLS13, CipherSuites: []iana.CipherSuite{iana.TLS_AES_128_GCM_SHA256},
				Groups: []iana.Group{iana.X25519, iana.Secp256r1}, KeyShares: []iana.Group{iana.X25519},
			},
			Rand: bytes.NewReader(random), Strict: true,
		},
		Observers:   []trace.Observer{&rec},
		Now:         func() time.Duration { return 0 },
		Verify:      accept,
		Interceptor: &quotedHellos{pick(rfc, "client", "message", "client_hello")},
		KeyLog: func(_ []byte, s keys.Secret) {
			if name, ok := secretNames[s.Name]; ok {
				secrets[name] = s.Bytes
			}
		},
	})
	if err := c.Handshake(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, data := range pick(rfc, "client", "content", "application_data") {
		if _, err := c.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	for _, data := range pick(rfc, "server", "content", "application_data") {
		got := make([]byte, len(data))
		if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, data) {
			t.Errorf("application data %x (%v), the RFC has %x", got, err, data)
		}
	}
	if err := c.Close(time.Second); err != nil {
		t.Error(err)
	}
	if want := bytes.Join(pick(rfc, "client", "record", ""), nil); !bytes.Equal(transport.sent.Bytes(), want) {
		t.Errorf("sent\n%x\nthe RFC has\n%x", transport.sent.Bytes(), want)
	}
	if len(transport.says) > 0 {
		t.Errorf("%d records of the server were not read", len(transport.says))
	}
	for _, q := range rfc {
		if q.kind == "secret" && q.name != "shared" && q.name != "resumption" && !bytes.Equal(secrets[q.name], q.bytes) {
			t.Errorf("%s is %x, the RFC has %x", q.name, secrets[q.name], q.bytes)
		}
	}
	checkProofs(t, &rec)
	return c
}

// quotedPrefix puts the RFC's ClientHello in the place of ours, but for the binder, which the engine has to make.
type quotedPrefix struct{ prefix []byte }

func (q *quotedPrefix) Intercept(o *conn.Outgoing) {
	if _, ok := o.Message.(*message.ClientHello); ok {
		o.Raw = append(bytes.Clone(q.prefix), o.Raw[len(o.Raw)-35:]...) // a list of one binder of 32 bytes
	}
}

// The session of Section 3 is resumed in Section 4. Its early data is not sent here, so that its client's Finished can't be the same.
func TestTheSessionOfRFC8448IsKeptAndResumedToTheByte(t *testing.T) {
	first, rfc := readQuoted(t, "3"), readQuoted(t, "4")
	saved := replay(t, first).Resumable()
	if saved == nil || !bytes.Equal(saved.Secret, pick(first, "both", "secret", "resumption")[0]) {
		t.Fatalf("kept %v", saved)
	}
	hello := pick(rfc, "client", "message", "client_hello")[0]
	if !bytes.Contains(hello, saved.Ticket) {
		t.Errorf("the ticket %x is not in the RFC's hello", saved.Ticket)
	}
	random := append(make([]byte, 32+32), pick(rfc, "client", "private_key", "")[0]...)
	transport := &script{says: pick(rfc, "server", "record", "handshake")}
	secrets := make(map[string][]byte)
	c := conn.New(transport, conn.Config{
		Handshake: handshake.Config{
			Offer: handshake.Offer{
				Min: iana.TLS13, Max: iana.TLS13, CipherSuites: []iana.CipherSuite{iana.TLS_AES_128_GCM_SHA256},
				Groups: []iana.Group{iana.X25519}, KeyShares: []iana.Group{iana.X25519},
			},
			Session: saved, Rand: bytes.NewReader(random), Strict: true,
		},
		Interceptor: &quotedPrefix{prefix: pick(rfc, "client", "binder", "client_hello_prefix")[0]},
		KeyLog: func(_ []byte, s keys.Secret) {
			if name, ok := secretNames[s.Name]; ok {
				secrets[name] = s.Bytes
			}
		},
	})
	if err := c.Handshake(context.Background()); err != nil {
		t.Fatal(err)
	}
	if sent := transport.sent.Bytes(); len(sent) < 5+len(hello) || !bytes.Equal(sent[5:5+len(hello)], hello) {
		t.Errorf("sent\n%x\nthe RFC has\n%x", sent, hello)
	}
	if !c.Session().Resumed || c.Session().ProofFailed {
		t.Errorf("%+v", c.Session())
	}
	for _, name := range []string{"early", "handshake", "c_hs_traffic", "s_hs_traffic", "master", "c_ap_traffic", "s_ap_traffic", "exp_master"} {
		if want := pick(rfc, "both", "secret", name)[0]; !bytes.Equal(secrets[name], want) {
			t.Errorf("%s is %x, the RFC has %x", name, secrets[name], want)
		}
	}
}
