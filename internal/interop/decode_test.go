package interop

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/capture"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// captured is a session between programs of others.
type captured struct {
	name   string
	client []string
	curl   bool
	steps  []testpeer.Step // of a client that does not just ask for a page
	says   string          // what it must have printed then
}

// capturedSessions are made one after the other, against one server. The tickets of some are used by others.
func capturedSessions(dir string) []captured {
	ticket := func(name string) string { return filepath.Join(dir, name) }
	old := []string{"-cipher", "ALL:@SECLEVEL=0"}
	return []captured{
		{name: "TLS 1.3", client: []string{"-tls1_3", "-sess_out", ticket("13")}},
		{name: "TLS 1.3, resumed", client: []string{"-tls1_3", "-sess_in", ticket("13")}},
		{name: "TLS 1.3, ChaCha20", client: []string{"-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"}},
		{name: "TLS 1.3, retry", client: []string{"-tls1_3", "-groups", "X25519:P-256"}},
		{name: "TLS 1.2", client: []string{"-tls1_2", "-sess_out", ticket("12")}},
		{name: "TLS 1.2, resumed", client: []string{"-tls1_2", "-sess_in", ticket("12")}},
		{name: "TLS 1.2, CBC with encrypt-then-MAC", client: []string{"-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA256"}},
		{name: "TLS 1.2, DHE with CCM", client: []string{"-tls1_2", "-cipher", "DHE-RSA-AES128-CCM"}},
		{name: "TLS 1.2, ChaCha20", client: []string{"-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"}},
		{name: "TLS 1.2, RSA", client: []string{"-tls1_2", "-cipher", "AES256-GCM-SHA384"}},
		{name: "TLS 1.1", client: append([]string{"-tls1_1"}, old...)},
		{name: "TLS 1.0", client: append([]string{"-tls1"}, old...)},
		{name: "curl", curl: true},
	}
}

// talkAll makes the sessions with a server and returns the capture and the key log.
func talkAll(t *testing.T, srv *testpeer.Server, sessions []captured, dir string) (file, keylog string) {
	t.Helper()
	dump, file := testpeer.Dumpcap(t, srv.Port())
	keylog = filepath.Join(dir, "keys.log")
	for _, s := range sessions {
		if s.curl {
			cmd := exec.Command(testpeer.Need(t, "curl"), "-s", "-k", "--resolve", "localhost:"+srv.Port()+":127.0.0.1", "https://localhost:"+srv.Port()+"/")
			cmd.Env = append(os.Environ(), "SSLKEYLOGFILE="+keylog)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("curl: %v: %s", err, out)
			}
			continue
		}
		args := append([]string{"s_client", "-connect", srv.Addr, "-servername", "localhost", "-keylogfile", keylog}, s.client...)
		if s.steps != nil {
			if out := testpeer.Talk(t, s.steps, "openssl", args...); !strings.Contains(out, s.says) {
				t.Fatalf("%s: %s", s.name, out)
			}
			continue
		}
		args = append(args, "-quiet", "-ign_eof")
		if r := testpeer.Run(t, "GET / HTTP/1.0\r\n\r\n", "openssl", args...); !strings.Contains(strings.ToLower(r.Stdout), " 200 ok") {
			t.Fatalf("%s: %s", s.name, r.Output())
		}
	}
	testpeer.Captured(t, file, func(b []byte) bool {
		d := capture.NewDecoder(capture.DecodeConfig{Secrets: new(capture.KeyLog), Done: func(*capture.Stream) {}})
		return d.Read(bytes.NewReader(b)) == nil && d.Stats().Closed == len(sessions)
	})
	dump.Stop()
	return file, keylog
}

// decodeBytes decodes a capture; with a number, that stream alone and whole.
func decodeBytes(b []byte, log *capture.KeyLog, number ...int) (list []*capture.Stream) {
	if log == nil {
		log = new(capture.KeyLog)
	}
	cfg := capture.DecodeConfig{Secrets: log, Done: func(s *capture.Stream) { list = append(list, s) }}
	if len(number) > 0 {
		cfg.Stream = &number[0]
	}
	_ = capture.NewDecoder(cfg).Read(bytes.NewReader(b)) // what is still being written is cut
	return list
}

func TestSessionsOfOthersAreDecodedAsTsharkDoes(t *testing.T) {
	tshark := testpeer.Need(t, "tshark")
	dir := t.TempDir()
	sessions := capturedSessions(dir)
	pair := testpeer.NewPKI(t.TempDir()).Issue(t, testpeer.RSA2048)
	srv := testpeer.OpenSSL(t, "-cert", pair.Cert, "-key", pair.Key, "-www", "-groups", "P-256:P-384", "-cipher", "ALL:@SECLEVEL=0", "-naccept", "1000")
	file, keylog := talkAll(t, srv, sessions, dir)
	b, log := readCaptured(t, file, keylog)
	asTsharkDoes(t, tshark, file, keylog, sessions)
	t.Run("secrets inside", func(t *testing.T) {
		inside := filepath.Join(dir, "inside.pcapng")
		testpeer.Run(t, "", "editcap", "--inject-secrets", "tls,"+keylog, file, inside)
		b, err := os.ReadFile(inside)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range decodeBytes(b, nil) {
			if s.Opaque {
				t.Errorf("stream %d was not opened", s.Number)
			}
		}
	})
	t.Run("pcapng", func(t *testing.T) { sameInEveryForm(t, b, log, len(sessions)) })
	for _, format := range []string{"pcap", "nsecpcap"} {
		t.Run(format, func(t *testing.T) {
			other := filepath.Join(dir, "other."+format)
			testpeer.Run(t, "", "editcap", "-F", format, file, other)
			b, err := os.ReadFile(other)
			if err != nil {
				t.Fatal(err)
			}
			sameInEveryForm(t, b, log, len(sessions))
		})
	}
}

func TestSessionsOfOtherServersAreDecodedAsTsharkDoes(t *testing.T) {
	tshark := testpeer.Need(t, "tshark")
	pair := testpeer.NewPKI(t.TempDir()).Issue(t, testpeer.RSA2048)
	for name, start := range map[string]func(t *testing.T) *testpeer.Server{
		"gnutls-serv": func(t *testing.T) *testpeer.Server {
			return testpeer.GnuTLS(t, "--http", "--disable-client-cert", "--x509certfile", pair.Cert, "--x509keyfile", pair.Key)
		},
		// It answers its client's close_notify with a reset.
		"nginx": func(t *testing.T) *testpeer.Server {
			return testpeer.Nginx(t, "ssl_certificate "+pair.Cert+";\nssl_certificate_key "+pair.Key+";\nssl_protocols TLSv1.2 TLSv1.3;\nreturn 200 \"hello\";")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			ticket := filepath.Join(dir, "ticket")
			sessions := []captured{
				{name: "TLS 1.3", client: []string{"-tls1_3", "-sess_out", ticket}},
				{name: "TLS 1.3, resumed", client: []string{"-tls1_3", "-sess_in", ticket}},
				{name: "TLS 1.2", client: []string{"-tls1_2"}},
				{name: "TLS 1.2, ChaCha20", client: []string{"-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"}},
				{name: "curl", curl: true},
			}
			file, keylog := talkAll(t, start(t), sessions, dir)
			asTsharkDoes(t, tshark, file, keylog, sessions)
		})
	}
}

// The proof of a client that is not ours is verified, too, up to TLS 1.2 without any secret.
func TestClientCertificatesOfOthersAreVerified(t *testing.T) {
	testpeer.Need(t, "tshark")
	dir := t.TempDir()
	pki := testpeer.NewPKI(dir)
	pair := pki.Issue(t, testpeer.RSA2048)
	var sessions []captured
	for _, kind := range []testpeer.KeyKind{testpeer.RSA2048, testpeer.ECDSAP384, testpeer.Ed25519} {
		own := pki.Issue(t, kind)
		prove := []string{"-cert", own.Cert, "-key", own.Key}
		sessions = append(sessions, captured{name: "TLS 1.3, " + string(kind), client: append(prove, "-tls1_3")}, captured{name: "TLS 1.2, " + string(kind), client: append(prove[:4:4], "-tls1_2")})
		if kind != testpeer.Ed25519 {
			sessions = append(sessions, captured{name: "TLS 1.0, " + string(kind), client: append(prove[:4:4], "-tls1", "-cipher", "ALL:@SECLEVEL=0")})
		}
	}
	srv := testpeer.OpenSSL(t, "-cert", pair.Cert, "-key", pair.Key, "-www", "-cipher", "ALL:@SECLEVEL=0", "-Verify", "1", "-CAfile", pki.Root(t), "-naccept", "1000")
	file, keylog := talkAll(t, srv, sessions, dir)
	b, log := readCaptured(t, file, keylog)
	for i, s := range sessions {
		for _, l := range []*capture.KeyLog{log, nil} {
			if l == nil && strings.HasPrefix(s.name, "TLS 1.3") {
				continue
			}
			if f := clientCheck(decodeBytes(b, l, i)[0].Trace); f.Status != finding.Pass || !strings.HasPrefix(f.Message, "proved by ") {
				t.Errorf("%s: %+v", s.name, f)
			}
		}
	}
}

func readCaptured(t *testing.T, file, keylog string) ([]byte, *capture.KeyLog) {
	t.Helper()
	keys, err := os.ReadFile(keylog)
	if err != nil {
		t.Fatal(err)
	}
	log := new(capture.KeyLog)
	log.Add(keys)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b, log
}

// asTsharkDoes compares what was negotiated in each session, and all that was said.
func asTsharkDoes(t *testing.T, tshark, file, keylog string, sessions []captured) {
	t.Helper()
	b, log := readCaptured(t, file, keylog)
	theirs := fieldsOf(t, tshark, file)
	var messages map[int]map[trace.Dir]said
	for i, s := range sessions {
		t.Run(s.name, func(t *testing.T) {
			list := decodeBytes(b, log, i)
			if len(list) != 1 || !list[0].Whole {
				t.Fatalf("%d streams", len(list))
			}
			got := list[0]
			sum := &got.Trace.Summary
			if sum.Version == nil || sum.CipherSuite == nil || sum.SNI == nil {
				t.Fatalf("%+v %+v", sum, got.Trace.Error)
			}
			if mine := fmt.Sprintf("0x%04x 0x%04x %s", sum.Version.Value, sum.CipherSuite.Value, *sum.SNI); mine != theirs[i] {
				t.Errorf("%s, tshark says %s", mine, theirs[i])
			}
			if messages == nil {
				messages = messagesOf(t, tshark, file, keylog, strconv.Itoa(int(got.Server.Port())))
			}
			sameMessages(t, got, messages[i])
			if got.Opaque || got.Trace.Error != nil {
				t.Errorf("not all was opened, or it failed: %+v", got.Trace.Error)
			}
			theirs := followed(t, tshark, file, keylog, i, got.Server.String())
			for _, dir := range []trace.Dir{trace.Sent, trace.Received} {
				if mine := dataOf(got.Trace, dir); mine != theirs[dir] {
					t.Errorf("%s: %d bytes of data, tshark has %d", dir, len(mine)/2, len(theirs[dir])/2)
				}
			}
		})
	}
}

// sameInEveryForm decodes a capture whose streams are all to be opened.
func sameInEveryForm(t *testing.T, b []byte, log *capture.KeyLog, want int) {
	t.Helper()
	list := decodeBytes(b, log)
	if len(list) != want {
		t.Errorf("%d streams of %d", len(list), want)
	}
	for _, s := range list {
		if s.Opaque || s.Trace.Error != nil {
			t.Errorf("stream %d: %+v", s.Number, s.Trace.Error)
		}
	}
}

// fieldsOf asks tshark what was negotiated in each stream: version, suite, and the name asked for.
func fieldsOf(t *testing.T, tshark, file string) map[int]string {
	t.Helper()
	name, version, suite := map[int]string{}, map[int]string{}, map[int]string{}
	for kind, take := range map[string]func(n int, f []string){
		"1": func(n int, f []string) { name[n] = f[4] },
		"2": func(n int, f []string) {
			version[n], suite[n] = f[1], f[3]
			if f[2] != "" {
				version[n] = f[2]
			}
		},
	} {
		out := testpeer.Run(t, "", tshark, "-r", file, "-Y", "tls.handshake.type=="+kind, "-T", "fields", "-E", "occurrence=f", "-e", "tcp.stream",
			"-e", "tls.handshake.version", "-e", "tls.handshake.extensions.supported_version", "-e", "tls.handshake.ciphersuite",
			"-e", "tls.handshake.extensions_server_name").Stdout
		for line := range strings.Lines(out) {
			f := strings.Split(strings.TrimRight(line, "\n"), "\t")
			if n, err := strconv.Atoi(f[0]); err == nil && len(f) == 5 {
				take(n, f)
			}
		}
	}
	list := map[int]string{}
	for n := range suite {
		list[n] = strings.ToLower(version[n] + " " + suite[n] + " " + name[n])
	}
	return list
}

// dataOf is the application data of a direction in hex.
func dataOf(tr *trace.Trace, dir trace.Dir) string {
	var all []byte
	for _, e := range tr.Events {
		if e.Layer == trace.LayerData && e.Dir == dir && e.Buf != nil {
			all = append(all, e.Buf.Bytes...)
		}
	}
	return hex.EncodeToString(all)
}

// followed asks tshark for the application data of both directions: the lines of whoever spoke second are indented, and which of
// them is the server its heading tells by the port.
func followed(t *testing.T, tshark, file, keylog string, stream int, server string) map[trace.Dir]string {
	t.Helper()
	out := testpeer.Run(t, "", tshark, "-q", "-r", file, "-o", "tls.keylog_file:"+keylog, "-z", "follow,tls,raw,"+strconv.Itoa(stream)).Stdout
	plain, indented := trace.Sent, trace.Received
	said := map[trace.Dir]string{}
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\n")
		if node, ok := strings.CutPrefix(line, "Node 0: "); ok && node == server {
			plain, indented = indented, plain
		}
		text, second := strings.CutPrefix(line, "\t")
		if _, err := hex.DecodeString(text); err != nil || text == "" {
			continue
		}
		if second {
			said[indented] += text
		} else {
			said[plain] += text
		}
	}
	return said
}
