package interop

import (
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// nginxConf is the server block of the usual advice: two certificates, TLS 1.2 and 1.3, forward
// secrecy only. The answer says what the server itself thinks of the session.
const nginxConf = `
server_name localhost;
ssl_certificate %rsa.cert;
ssl_certificate_key %rsa.key;
ssl_certificate %ecdsa.cert;
ssl_certificate_key %ecdsa.key;
ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;
ssl_prefer_server_ciphers off;
ssl_session_cache shared:SSL:1m;
ssl_session_tickets off;
return 200 "$ssl_protocol $ssl_cipher $ssl_curves $ssl_server_name\n";
`

func testNginx(t *testing.T) {
	testpeer.Need(t, "nginx")
	testpeer.Need(t, "openssl")
	rsa, ecdsa := pki.Issue(t, testpeer.RSA2048), pki.Issue(t, testpeer.ECDSAP256)
	server := testpeer.Nginx(t, strings.NewReplacer("%rsa.cert", rsa.Cert, "%rsa.key", rsa.Key,
		"%ecdsa.cert", ecdsa.Cert, "%ecdsa.key", ecdsa.Key).Replace(nginxConf))
	for _, suite := range []iana.CipherSuite{
		iana.TLS_AES_128_GCM_SHA256, iana.TLS_AES_256_GCM_SHA384, iana.TLS_CHACHA20_POLY1305_SHA256,
		iana.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, iana.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		iana.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, iana.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		iana.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, iana.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	} {
		t.Run(suite.Name(), func(t *testing.T) {
			params, _ := suite.Params()
			v := max(params.MinVersion, iana.TLS12)
			name, flag := opensslVersion(v)
			offer := only(v, suite)
			offer.ALPN = []string{"http/1.1"}
			tr := completes(t, server.Addr, offer,
				askTo("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", name+" "+suite.OpenSSLName()+" "))
			ciphers := "-cipher"
			if v == iana.TLS13 {
				ciphers = "-ciphersuites"
			}
			other := testpeer.SClient(t, server.Addr, flag, ciphers, suite.OpenSSLName(), "-alpn", "http/1.1")
			want := terms{version: v, suite: suite, ems: other.ExtendedMasterSecret, etm: new(false), alpn: other.ALPN}
			if v == iana.TLS13 {
				want.etm = nil
			}
			want.holds(t, tr)
			if other.ALPN != "http/1.1" || other.Version != name {
				t.Errorf("s_client: %s", other.Output)
			}
			if !sameGroup(tr.Summary.Group, other.Group) {
				t.Errorf("our group is %s, that of s_client %q", codeName(tr.Summary.Group), other.Group)
			}
		})
	}
}
