package record

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// TestCryptoTLSAcceptsWhatIsSealed lets crypto/tls shake hands and then takes the place of its
// client: what is sealed here, padded as crypto/tls never pads, is read by its server.
func TestCryptoTLSAcceptsWhatIsSealed(t *testing.T) {
	cert := selfSigned(t, false)
	for _, c := range []struct {
		version uint16
		suite   uint16
		params  iana.SuiteParams
		pad     int
	}{
		{tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_CBC_SHA, iana.SuiteParams{Cipher: iana.CipherAES128CBC, MAC: iana.MACSHA1}, 224},
		{tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA, iana.SuiteParams{Cipher: iana.Cipher3DES, MAC: iana.MACSHA1}, 240},
		{tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_GCM_SHA256, aes128gcm13, 0},
		{tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, iana.SuiteParams{Cipher: iana.CipherChaCha20Poly1305}, 0},
		{tls.VersionTLS13, 0, iana.SuiteParams{}, 1000},
	} {
		t.Run(fmt.Sprintf("%04x-%04x", c.version, c.suite), func(t *testing.T) {
			content := bytes.Repeat([]byte("as if by the client "), 1500)
			a, b := net.Pipe()
			client, server := &tap{Conn: a}, &tap{Conn: b}
			var keyLog bytes.Buffer
			config := &tls.Config{Certificates: []tls.Certificate{cert}, InsecureSkipVerify: true,
				MinVersion: c.version, MaxVersion: c.version, CipherSuites: []uint16{c.suite}, SessionTicketsDisabled: true}
			got := make(chan []byte, 1)
			go func() {
				data, _ := io.ReadAll(tls.Server(server, config))
				got <- data
			}()
			clientConfig := config.Clone()
			clientConfig.KeyLogWriter = &keyLog
			conn := tls.Client(client, clientConfig)
			if err := conn.Handshake(); err != nil {
				t.Fatal(err)
			}
			w := takeOver(t, c.version, conn.ConnectionState().CipherSuite, c.params, keyLog.String(), client, server)
			var out []byte
			var err error
			for fragment := range Split(content, 4000, true) {
				if out, err = w.Seal(out, iana.ApplicationData, iana.TLS12, fragment, c.pad); err != nil {
					t.Fatal(err)
				}
			}
			if out, err = w.Seal(out, iana.Alert, iana.TLS12, []byte{1, 0}, c.pad); err != nil { // close_notify
				t.Fatal(err)
			}
			if _, err := a.Write(out); err != nil {
				t.Fatal(err)
			}
			if data := <-got; !bytes.Equal(data, content) {
				t.Errorf("the server reads %d bytes of %d", len(data), len(content))
			}
			_ = a.Close()
		})
	}
}

// takeOver returns the state in which a client is after its handshake.
func takeOver(t *testing.T, version, suite uint16, p iana.SuiteParams, keyLog string, client, server *tap) *WriteState {
	t.Helper()
	v := iana.Version(version)
	var k Keys
	var next uint64
	if v == iana.TLS13 {
		var ok bool
		if p, ok = params13(suite); !ok {
			t.Fatalf("suite %#04x", suite)
		}
		k = traffic(t, p, secret(t, keyLog, "CLIENT_TRAFFIC_SECRET_0"))
	} else {
		client.mu.Lock()
		server.mu.Lock()
		clientRandom, serverRandom := client.sent.Bytes()[11:43], server.sent.Bytes()[11:43]
		k = cut(t, v, p, func(n int) []byte {
			return keyBlock(v, sha256.New, secret(t, keyLog, "CLIENT_RANDOM"), clientRandom, serverRandom, n)
		}).client
		client.mu.Unlock()
		server.mu.Unlock()
		next = 1 // behind Finished
	}
	w, err := NewWriteState(v, p, k, false, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.SetSequence(next)
	return w
}

// params13 tells what the TLS 1.3 suites of crypto/tls are.
func params13(suite uint16) (iana.SuiteParams, bool) {
	switch suite {
	case tls.TLS_AES_128_GCM_SHA256:
		return aes128gcm13, true
	case tls.TLS_AES_256_GCM_SHA384:
		return iana.SuiteParams{Cipher: iana.CipherAES256GCM, Hash: iana.HashSHA384}, true
	case tls.TLS_CHACHA20_POLY1305_SHA256:
		return iana.SuiteParams{Cipher: iana.CipherChaCha20Poly1305, Hash: iana.HashSHA256}, true
	}
	return iana.SuiteParams{}, false
}
