package record

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// This file holds the package against OpenSSL for what crypto/tls doesn't have: CCM,
// encrypt-then-MAC, NULL, SHA-384 as a MAC, and padded records.

// peer finds a program, or skips the test where it is missing and may be.
func peer(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("TLSPROBE_PEERS") == "required" {
		t.Fatal(err)
	}
	t.Skip(err)
	return ""
}

func writePEM(t *testing.T, dir string, cert tls.Certificate) (certFile, keyFile string) {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: cert.Certificate[0]},
		keyFile:  {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// start starts a command that ends with the test, and returns its stdin and stdout.
func start(t *testing.T, path string, args ...string) (io.WriteCloser, *bufio.Reader, *exec.Cmd) {
	t.Helper()
	cmd := exec.Command(path, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s %s: %s", path, strings.Join(args, " "), stderr.String())
		}
	})
	return in, bufio.NewReader(out), cmd
}

// waitFor reads lines until one has the prefix.
func waitFor(t *testing.T, r *bufio.Reader, prefix string) string {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		if strings.HasPrefix(line, prefix) {
			return strings.TrimSpace(line)
		}
		if err != nil {
			t.Fatalf("no %q: %v", prefix, err)
		}
	}
}

// relay passes one connection on to address and remembers what passes.
func relay(t *testing.T, address string) (listen string, done <-chan [2][]byte) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	result := make(chan [2][]byte, 1)
	go func() {
		defer close(result)
		a, err := l.Accept()
		if err != nil {
			return
		}
		b, err := net.DialTimeout("tcp", address, 10*time.Second)
		if err != nil {
			_ = a.Close()
			return
		}
		var client, server bytes.Buffer
		back := make(chan struct{})
		go func() {
			_, _ = io.Copy(io.MultiWriter(a, &server), b)
			_ = a.Close()
			close(back)
		}()
		_, _ = io.Copy(io.MultiWriter(b, &client), a)
		_ = b.Close()
		<-back
		result <- [2][]byte{client.Bytes(), server.Bytes()}
	}()
	return l.Addr().String(), result
}

type opensslCase struct {
	name    string
	version iana.Version
	suite   string
	params  iana.SuiteParams
	args    []string // for the server
	etm     bool
	reseal  bool
}

func opensslCases() []opensslCase {
	p := func(c iana.Cipher, m iana.MAC, h iana.Hash) iana.SuiteParams {
		return iana.SuiteParams{Cipher: c, MAC: m, Hash: h}
	}
	noETM := []string{"-no_etm"}
	pad := []string{"-record_padding", "512"}
	aesSHA := p(iana.CipherAES128CBC, iana.MACSHA1, iana.HashLegacy)
	sha384 := p(iana.CipherAES256CBC, iana.MACSHA384, iana.HashSHA384)
	return []opensslCase{
		{"etm-tls10", iana.TLS10, "AES128-SHA", aesSHA, nil, true, true},
		{"etm-tls11", iana.TLS11, "AES128-SHA", aesSHA, nil, true, true},
		{"etm-tls12", iana.TLS12, "AES128-SHA", aesSHA, nil, true, true},
		{"mte-tls10", iana.TLS10, "AES128-SHA", aesSHA, noETM, false, true},
		{"mte-tls12", iana.TLS12, "AES128-SHA", aesSHA, noETM, false, true},
		{"etm-sha384", iana.TLS12, "ECDHE-RSA-AES256-SHA384", sha384, nil, true, true},
		{"mte-sha384", iana.TLS12, "ECDHE-RSA-AES256-SHA384", sha384, noETM, false, true},
		{"etm-sha256", iana.TLS12, "AES256-SHA256", p(iana.CipherAES256CBC, iana.MACSHA256, iana.HashSHA256), nil, true, true},
		{"null-sha256", iana.TLS12, "NULL-SHA256", p(iana.CipherNULL, iana.MACSHA256, iana.HashSHA256), nil, false, true},
		{"null-sha-tls10", iana.TLS10, "NULL-SHA", p(iana.CipherNULL, iana.MACSHA1, iana.HashLegacy), nil, false, true},
		{"null-md5-tls11", iana.TLS11, "NULL-MD5", p(iana.CipherNULL, iana.MACMD5, iana.HashLegacy), nil, false, true},
		{"ccm", iana.TLS12, "AES128-CCM", p(iana.CipherAES128CCM, iana.MACAEAD, iana.HashSHA256), nil, false, false},
		{"ccm8", iana.TLS12, "AES128-CCM8", p(iana.CipherAES128CCM8, iana.MACAEAD, iana.HashSHA256), nil, false, false},
		{"ccm-256", iana.TLS12, "AES256-CCM", p(iana.CipherAES256CCM, iana.MACAEAD, iana.HashSHA256), nil, false, false},
		{"ccm8-256", iana.TLS12, "AES256-CCM8", p(iana.CipherAES256CCM8, iana.MACAEAD, iana.HashSHA256), nil, false, false},
		{"gcm", iana.TLS12, "AES128-GCM-SHA256", p(iana.CipherAES128GCM, iana.MACAEAD, iana.HashSHA256), nil, false, false},
		{"gcm-13", iana.TLS13, "TLS_AES_128_GCM_SHA256", p(iana.CipherAES128GCM, iana.MACAEAD, iana.HashSHA256), pad, false, true},
		{"gcm-256-13", iana.TLS13, "TLS_AES_256_GCM_SHA384", p(iana.CipherAES256GCM, iana.MACAEAD, iana.HashSHA384), pad, false, true},
		{"chacha-13", iana.TLS13, "TLS_CHACHA20_POLY1305_SHA256", p(iana.CipherChaCha20Poly1305, iana.MACAEAD, iana.HashSHA256), nil, false, true},
		{"ccm-13", iana.TLS13, "TLS_AES_128_CCM_SHA256", p(iana.CipherAES128CCM, iana.MACAEAD, iana.HashSHA256), pad, false, true},
		{"ccm8-13", iana.TLS13, "TLS_AES_128_CCM_8_SHA256", p(iana.CipherAES128CCM8, iana.MACAEAD, iana.HashSHA256), nil, false, true},
	}
}

func TestSessionsOfOpenSSLOpenAndSealToThemselves(t *testing.T) {
	openssl := peer(t, "openssl")
	certFile, keyFile := writePEM(t, t.TempDir(), selfSigned(t, false))
	for _, c := range opensslCases() {
		t.Run(c.name, func(t *testing.T) {
			s := opensslSession(t, openssl, certFile, keyFile, c)
			var client, server *direction
			if c.version == iana.TLS13 {
				client, server = open13(t, s, c.params, c.reseal)
			} else {
				client, server = open12(t, s, c.params, c.etm, c.reseal)
			}
			if len(c.args) == 2 && server.padded == 0 {
				t.Error("no record of the server is padded")
			}
			if string(client.data) != "question\n" || string(server.data) != "noitseuq\n" {
				t.Errorf("client said %q, server %q", client.data, server.data)
			}
		})
	}
}

// opensslSession lets s_client say a line to s_server, which gives it back reversed.
func opensslSession(t *testing.T, openssl, certFile, keyFile string, c opensslCase) session {
	t.Helper()
	flag := map[iana.Version]string{iana.TLS10: "-tls1", iana.TLS11: "-tls1_1", iana.TLS12: "-tls1_2", iana.TLS13: "-tls1_3"}[c.version]
	suite := []string{flag, "-cipher", c.suite + ":@SECLEVEL=0"}
	if c.version == iana.TLS13 {
		suite = []string{flag, "-cipher", "ALL:@SECLEVEL=0", "-ciphersuites", c.suite}
	}
	args := append([]string{"s_server", "-accept", "127.0.0.1:0", "-cert", certFile, "-key", keyFile, "-rev"}, suite...)
	_, out, _ := start(t, openssl, append(args, c.args...)...)
	address := strings.TrimPrefix(waitFor(t, out, "ACCEPT 127"), "ACCEPT ")

	listen, done := relay(t, address)
	keyLog := filepath.Join(t.TempDir(), "keys")
	args = append([]string{"s_client", "-connect", listen, "-keylogfile", keyLog}, suite...)
	in, out, cmd := start(t, openssl, args...)
	timer := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if _, err := io.WriteString(in, "question\n"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, out, "noitseuq")
	_ = in.Close()
	passed, ok := <-done
	if !ok {
		t.Fatal("nothing passed")
	}
	log, err := os.ReadFile(keyLog)
	if err != nil {
		t.Fatal(err)
	}
	return session{client: passed[0], server: passed[1], keyLog: string(log), version: c.version}
}
