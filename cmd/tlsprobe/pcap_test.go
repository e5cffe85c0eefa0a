package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// packet is what tshark says of one.
type packet map[string]string

// dissected is what tshark makes of a capture, with every checksum checked and no name resolved. A body of HTTP is not waited for:
// its end is that of the connection, and whoever has said close_notify reads no further.
func dissected(t *testing.T, file string, args ...string) []packet {
	t.Helper()
	fields := []string{
		"tcp.stream", "tcp.srcport", "tcp.checksum.status", "ip.checksum.status", "tcp.analysis.flags", "_ws.malformed", "tcp.flags.str",
		"tls.handshake.type", "tls.alert_message.desc", "http.response.code", "http.request.method", "tls.handshake.ja3", "tls.handshake.ja3s",
	}
	args = append([]string{"-n", "-r", file, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
		"-o", "http.desegment_body:FALSE", "-T", "fields", "-E", "separator=,", "-E", "quote=d", "-E", "aggregator=;"}, args...)
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	r := testpeer.Run(t, "", "tshark", args...)
	if r.Code != 0 {
		t.Fatalf("tshark: exit code %d: %s", r.Code, r.Output())
	}
	rows, err := csv.NewReader(strings.NewReader(r.Stdout)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var packets []packet
	for _, row := range rows {
		p := packet{}
		for i, f := range fields {
			p[f] = row[i]
		}
		packets = append(packets, p)
	}
	return packets
}

// sound checks what holds of every packet: good checksums, and nothing of TCP that Wireshark would remark on.
func (p packet) sound(t *testing.T) {
	t.Helper()
	if p["tcp.checksum.status"] != "1" || p["ip.checksum.status"] != "1" && p["ip.checksum.status"] != "" {
		t.Errorf("checksums: %v", p)
	}
	if p["tcp.analysis.flags"] != "" {
		t.Errorf("sequence numbers: %v", p)
	}
}

func (p packet) has(field, value string) bool {
	return slices.Contains(strings.Split(p[field], ";"), value)
}

// count counts the packets in which a field has a value.
func count(packets []packet, field, value string) (n int) {
	for _, p := range packets {
		if p.has(field, value) {
			n++
		}
	}
	return n
}

// captured is the capture of a connection to a server, with its secrets and a GET over it.
func captured(t *testing.T, target string, args ...string) (file string, code int) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "trace.pcapng")
	var out, errs bytes.Buffer
	args = append([]string{"connect", target, "--http", "--insecure", "-q", "--pcap", file, "--save", file + ".json", "--show-secrets"}, args...)
	code = testApp(&out, &errs).Run(t.Context(), args)
	if out.Len() == 0 {
		t.Error(&errs)
	}
	return file, code
}

// TestTsharkFindsNothingWrongWithAnyCapture reads the captures of all scenarios in one go: a file of pcapng is a row of sections.
func TestTsharkFindsNothingWrongWithAnyCapture(t *testing.T) {
	testpeer.Need(t, "tshark")
	all := t
	var sections bytes.Buffer
	var mu sync.Mutex
	ports := make(map[string]demo.Scenario)
	prints := make(map[string][]string)
	t.Run("capture", func(t *testing.T) {
		for _, sc := range demo.Scenarios() {
			if sc.Name == "endless" {
				continue // it has its own test, for what is left out
			}
			t.Run(sc.Name, func(t *testing.T) {
				t.Parallel()
				srv, err := startDemo(all.Context(), testApp(nil, nil), sc.Name)
				if err != nil {
					t.Fatal(err)
				}
				all.Cleanup(func() { _ = srv.Close() }) // not sooner: its port says which scenario a packet is of
				file, _ := captured(t, srv.Target(), append(srv.ConnectArgs(), certArgs(t, srv)...)...)
				b, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				_, port, _ := strings.Cut(srv.Addr().String(), ":")
				mu.Lock()
				defer mu.Unlock()
				sections.Write(b)
				ports[port] = sc
				prints[port] = fingerprints(t, file+".json")
			})
		}
	})
	file := filepath.Join(t.TempDir(), "all.pcapng")
	if err := os.WriteFile(file, sections.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	streams := make(map[string][]packet)
	scenarios := make(map[string]demo.Scenario)
	ours := make(map[string][]string)
	for _, p := range dissected(t, file) {
		p.sound(t)
		streams[p["tcp.stream"]] = append(streams[p["tcp.stream"]], p)
		if sc, ok := ports[p["tcp.srcport"]]; ok {
			scenarios[p["tcp.stream"]], ours[p["tcp.stream"]] = sc, prints[p["tcp.srcport"]]
		}
	}
	if len(streams) != len(ports) {
		t.Errorf("%d connections of %d are in the capture", len(streams), len(ports))
	}
	for stream, packets := range streams {
		sc := scenarios[stream]
		var theirs []string
		for _, p := range packets {
			theirs = append(theirs, strings.FieldsFunc(p["tls.handshake.ja3"]+";"+p["tls.handshake.ja3s"], func(r rune) bool { return r == ';' })...)
		}
		if !slices.Equal(theirs, ours[stream]) {
			t.Errorf("%s: JA3 and JA3S are %v, of tshark %v", sc.Name, ours[stream], theirs)
		}
		if sc.Expect != demo.OutcomeOK && sc.Expect != demo.OutcomeUntrusted && sc.Expect != "" {
			continue
		}
		for _, p := range packets {
			if p["_ws.malformed"] != "" {
				t.Errorf("%s: malformed: %v", sc.Name, p)
			}
		}
		// Finished is the first message under keys in every version, the request is the first data, and both are read only with the secrets.
		if n := count(packets, "tls.handshake.type", "20"); n != 2 {
			t.Errorf("%s: tshark reads %d Finished, not 2", sc.Name, n)
		}
		if count(packets, "http.request.method", "GET") != 1 {
			t.Errorf("%s: tshark reads no request", sc.Name)
		}
	}
}

// certArgs are the flags for a server that wants a certificate of the client.
func certArgs(t *testing.T, srv *demo.Server) []string {
	t.Helper()
	text, err := srv.ClientPEM()
	if err != nil {
		t.Fatal(err)
	}
	if text == nil {
		return nil
	}
	file := filepath.Join(t.TempDir(), "client.pem")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--cert", file}
}

// fingerprints are JA3 and JA3S of the hellos in a trace.
func fingerprints(t *testing.T, file string) (list []string) {
	t.Helper()
	tr, err := readTrace(testApp(nil, nil), file, "")
	if err != nil {
		t.Error(err)
		return nil
	}
	for _, e := range tr.Events {
		switch d := e.Detail.(type) {
		case *trace.ClientFingerprint:
			list = append(list, d.JA3)
		case *trace.ServerFingerprint:
			list = append(list, d.JA3S)
		}
	}
	return list
}

func TestTsharkDecryptsWhatOpenSSLServes(t *testing.T) {
	testpeer.Need(t, "tshark")
	pki := testpeer.NewPKI(t.TempDir())
	pair, own := pki.Issue(t, testpeer.RSA2048), pki.Issue(t, testpeer.ECDSAP256)
	client, resumed := []string{"--cert", own.Cert, "--key", own.Key}, []string{"--resume"}
	for name, row := range map[string]struct{ serve, connect []string }{
		"TLS 1.3":                   {[]string{"-tls1_3"}, nil},
		"TLS 1.3 HelloRetryRequest": {[]string{"-tls1_3", "-groups", "P-384"}, nil},
		"TLS 1.3 ChaCha20":          {[]string{"-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"}, nil},
		"TLS 1.3 AES-256":           {[]string{"-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"}, nil},
		"TLS 1.2 GCM":               {[]string{"-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"}, nil},
		"TLS 1.2 ChaCha20":          {[]string{"-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"}, nil},
		"TLS 1.2 CBC, EtM":          {[]string{"-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA"}, []string{"--ciphers", "ECDHE-RSA-AES128-SHA"}},
		"TLS 1.2 CBC, EtM, SHA-256": {[]string{"-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA384"}, []string{"--ciphers", "ECDHE-RSA-AES256-SHA384"}},
		"TLS 1.2 static RSA":        {[]string{"-tls1_2", "-cipher", "AES128-SHA"}, []string{"--ciphers", "AES128-SHA"}},
		"TLS 1.3 client auth":       {[]string{"-tls1_3", "-Verify", "1", "-verify_return_error", "-CAfile", pki.Root(t)}, client},
		"TLS 1.2 client auth":       {[]string{"-tls1_2", "-Verify", "1", "-verify_return_error", "-CAfile", pki.Root(t)}, client},
		"TLS 1.3 resumed":           {[]string{"-tls1_3"}, resumed},
		"TLS 1.3 resumed, retry":    {[]string{"-tls1_3", "-groups", "P-384"}, resumed},
		"TLS 1.2 resumed by ticket": {[]string{"-tls1_2"}, resumed},
		"TLS 1.2 resumed by id":     {[]string{"-tls1_2", "-no_ticket"}, resumed},
		"TLS 1.2 CBC, EtM, resumed": {[]string{"-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA"}, append([]string{"--ciphers", "ECDHE-RSA-AES128-SHA"}, resumed...)},
		"TLS 1.1":                   {[]string{"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}, []string{"--min", "tls1.0", "--max", "tls1.1"}},
		"TLS 1.0":                   {[]string{"-tls1", "-cipher", "ALL:@SECLEVEL=0"}, []string{"--min", "tls1.0", "--max", "tls1.0"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testpeer.OpenSSL(t, append([]string{"-cert", pair.Cert, "-key", pair.Key, "-www"}, row.serve...)...)
			file, code := captured(t, "localhost:"+s.Port(), row.connect...)
			if code != exitOK {
				t.Fatalf("exit code %d", code)
			}
			if tr, err := readTrace(testApp(nil, nil), file+".json", ""); err != nil || tr.Summary.Resumed == nil || *tr.Summary.Resumed != slices.Contains(row.connect, "--resume") {
				t.Errorf("resumed: %v (%v)", tr.Summary.Resumed, err)
			}
			packets := dissected(t, file)
			for _, p := range packets {
				p.sound(t)
				if p["_ws.malformed"] != "" {
					t.Errorf("malformed: %v", p)
				}
			}
			if n := count(packets, "tls.handshake.type", "20"); n != 2 {
				t.Errorf("tshark reads %d Finished, not 2", n)
			}
			// In TLS 1.0 the first byte of the request is in a record of its own, and tshark takes neither part for HTTP.
			if split := name == "TLS 1.0"; count(packets, "http.request.method", "GET") != 1 && !split || count(packets, "http.response.code", "200") != 1 {
				t.Errorf("tshark reads neither request nor answer: %v", packets)
			}
		})
	}
}

func TestACaptureWithoutSecretsStaysEncrypted(t *testing.T) {
	testpeer.Need(t, "tshark")
	file := filepath.Join(t.TempDir(), "trace.pcapng")
	keylog := filepath.Join(t.TempDir(), "keys.log")
	var out, errs bytes.Buffer
	if code := testApp(&out, &errs).Run(t.Context(), []string{"demo", "-q", "--pcap", file, "--keylog", keylog}); code != exitOK {
		t.Fatal(&errs)
	}
	if n := count(dissected(t, file), "tls.handshake.type", "20"); n != 0 {
		t.Errorf("tshark reads %d Finished without secrets", n)
	}
	if n := count(dissected(t, file, "-o", "tls.keylog_file:"+keylog), "tls.handshake.type", "20"); n != 2 {
		t.Errorf("tshark reads %d Finished with the key log, not 2", n)
	}
}
