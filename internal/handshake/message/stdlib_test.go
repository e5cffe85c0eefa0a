package message

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// heard is what crypto/tls reads in a ClientHello, to compare ours with.
func heard(t testing.TB, connect func(addr string)) (*tls.ClientHelloInfo, []byte) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go connect(l.Addr().String())
	_ = l.(*net.TCPListener).SetDeadline(time.Now().Add(20 * time.Second))
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	var info *tls.ClientHelloInfo
	tap := &tapped{Conn: c}
	_ = tls.Server(tap, &tls.Config{MinVersion: tls.VersionTLS10, GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		info = h
		return nil, io.EOF
	}}).Handshake()
	if info == nil {
		t.Fatalf("crypto/tls could not read the hello %x", tap.read)
	}
	list := plainMessages(t, tap.read, true)
	if len(list) == 0 {
		t.Fatalf("no message in %x", tap.read)
	}
	return info, list[0]
}

// tapped keeps what is read of a connection.
type tapped struct {
	net.Conn
	read []byte
}

func (c *tapped) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.read = append(c.read, b[:n]...)
	return n, err
}

// saysTheSame compares our reading of a hello with that of crypto/tls.
func saysTheSame(t *testing.T, raw []byte, info *tls.ClientHelloInfo) {
	t.Helper()
	m, _ := isWhole(t, raw, &Context{})
	h := m.(*ClientHello)
	same(t, "cipher suites", h.CipherSuites, info.CipherSuites)
	var types []uint16
	for _, x := range h.Extensions {
		types = append(types, uint16(x.Type))
	}
	same(t, "extensions", types, info.Extensions)
	if x, ok := Get[*SupportedGroups](h.Extensions); ok {
		same(t, "groups", x.Groups, info.SupportedCurves)
	}
	if x, ok := Get[*ECPointFormats](h.Extensions); ok {
		same(t, "point formats", x.Formats, info.SupportedPoints)
	}
	if x := h.Extensions.Find(iana.ExtSignatureAlgorithms); x != nil {
		same(t, "signature schemes", x.Body.(*SignatureAlgorithms).Schemes, info.SignatureSchemes)
	}
	if x, ok := Get[*SupportedVersions](h.Extensions); ok {
		same(t, "versions", x.Versions, info.SupportedVersions)
	}
	if x, ok := Get[*ALPN](h.Extensions); ok {
		var names []string
		for _, p := range x.Protocols {
			names = append(names, string(p.Name))
		}
		if !slices.Equal(names, info.SupportedProtos) {
			t.Errorf("protocols %q, crypto/tls reads %q", names, info.SupportedProtos)
		}
	}
	name := ""
	if x, ok := Get[*ServerNameList](h.Extensions); ok {
		name = string(x.Names[0].HostName)
	}
	if name != info.ServerName {
		t.Errorf("server name %q, crypto/tls reads %q", name, info.ServerName)
	}
}

func same[A, B ~uint8 | ~uint16](t *testing.T, what string, ours []A, theirs []B) {
	t.Helper()
	if !slices.EqualFunc(ours, theirs, func(a A, b B) bool { return uint64(a) == uint64(b) }) {
		t.Errorf("%s: %v, crypto/tls reads %v", what, ours, theirs)
	}
}

func TestHellosOfCryptoTLSAreReadAsItReadsThem(t *testing.T) {
	for name, config := range map[string]*tls.Config{
		"default":    {ServerName: "message.test"},
		"TLS 1.2":    {ServerName: "message.test", MaxVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}},
		"TLS 1.0":    {InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10},
		"TLS 1.3":    {ServerName: "message.test", MinVersion: tls.VersionTLS13, CurvePreferences: []tls.CurveID{tls.CurveP521, tls.X25519}},
		"no tickets": {InsecureSkipVerify: true, SessionTicketsDisabled: true},
	} {
		t.Run(name, func(t *testing.T) {
			info, raw := heard(t, func(addr string) {
				if c, err := tls.Dial("tcp", addr, config); err == nil {
					_ = c.Close()
				}
			})
			saysTheSame(t, raw, info)
		})
	}
}

func TestHellosOfOpenSSLAreReadAsCryptoTLSReadsThem(t *testing.T) {
	openssl := testpeer.Need(t, "openssl")
	for name, args := range map[string][]string{
		"default":    {"-servername", "message.test"},
		"everything": {"-servername", "message.test", "-alpn", "h2,http/1.1", "-status", "-nextprotoneg", "h2", "-maxfraglen", "1024"},
		"TLS 1.2":    {"-tls1_2", "-cipher", "ALL:COMPLEMENTOFALL"},
		"TLS 1.3":    {"-tls1_3", "-groups", "P-384:X448:ffdhe2048"},
		"TLS 1.0":    {"-tls1", "-cipher", "ALL:@SECLEVEL=0", "-noservername"},
		"post auth":  {"-enable_pha", "-fallback_scsv"},
	} {
		t.Run(name, func(t *testing.T) {
			info, raw := heard(t, func(addr string) {
				_ = exec.Command(openssl, append([]string{"s_client", "-connect", addr}, args...)...).Run()
			})
			saysTheSame(t, raw, info)
		})
	}
}

// servedByOpenSSL runs s_client against s_server, both of OpenSSL, through a relay.
func servedByOpenSSL(t *testing.T, server, client []string) *session {
	t.Helper()
	openssl := testpeer.Need(t, "openssl")
	dir := t.TempDir()
	cert, key, keyLog := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "keys")
	out, err := exec.Command(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=message.test", "-keyout", key, "-out", cert).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	peer := testpeer.OpenSSL(t, append([]string{"-cert", cert, "-key", key}, server...)...)
	via, wait := relay(t, peer.Addr)
	c := exec.Command(openssl, append([]string{"s_client", "-connect", via, "-keylogfile", keyLog}, client...)...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	log, _ := os.ReadFile(keyLog)
	return &session{wait(), log}
}

func TestTheCertificateThatIsReadIsTheOneThatWasServed(t *testing.T) {
	server, client := configs(t, tls.VersionTLS12)
	s := converse(t, server, client)
	for _, raw := range plainMessages(t, s.stream(false), false) {
		if raw[0] != byte(iana.Certificate) {
			continue
		}
		m, _ := isWhole(t, raw, &Context{Version: iana.TLS12})
		list := m.(*Certificate).List
		if len(list) != 2 || !slices.Equal(list[0].Cert, server.Certificates[0].Certificate[0]) {
			t.Errorf("%d certificates", len(list))
		}
		if _, err := x509.ParseCertificate(list[0].Cert); err != nil {
			t.Error(err)
		}
		return
	}
	t.Error("no Certificate passed")
}

func TestPSKKeyExchangesOfOpenSSLAreRead(t *testing.T) {
	for _, suite := range []string{"ECDHE-PSK-AES128-CBC-SHA256", "DHE-PSK-AES128-CBC-SHA256"} {
		psk := []string{"-psk", "abcd"}
		s := servedByOpenSSL(t, append(psk, "-psk_hint", "hint"), append(psk, "-tls1_2", "-cipher", suite))
		seen := 0
		for _, p := range s.messages(t) {
			m, _ := isWhole(t, p.raw, p.ctx)
			switch m := m.(type) {
			case *ServerKeyExchange:
				seen++
				if string(m.Hint) != "hint" || len(m.EC.Public)+len(m.DH.Y) < 32 || m.Signed {
					t.Errorf("%s: %+v", suite, m)
				}
			case *ClientKeyExchange:
				seen++
				if string(m.Identity) != "Client_identity" || len(m.ECPublic)+len(m.DHPublic) < 32 {
					t.Errorf("%s: %+v", suite, m)
				}
			}
		}
		if seen != 2 {
			t.Errorf("%s: %d key exchange messages", suite, seen)
		}
	}
}
