package testpeer

import (
	"net"
	"strings"
	"testing"
)

// OpenSSL starts `openssl s_server` on a free port of 127.0.0.1. Without -rev, -www or the like it
// prints what it receives and sends what is written to Stdin. It serves one connection at a time.
func OpenSSL(t testing.TB, args ...string) *Server {
	t.Helper()
	args = append([]string{"s_server", "-accept", "127.0.0.1:0"}, args...)
	s := launch(t, "openssl", command{path: Need(t, "openssl"), args: args, dir: t.TempDir()})
	// Port 0 lets the kernel choose, so tests never fight over one.
	s.Addr = s.Line(t, "ACCEPT ")
	return s
}

// Report is what an independent client says of a session. What it does not say is empty or nil.
type Report struct {
	Version     string // "TLSv1.2"
	CipherSuite string // the client's own name
	// Group is the key exchange's as the client names it ("X25519", "ECDH, prime256v1", "DH, 2048 bits").
	Group string
	// ExtendedMasterSecret and EncryptThenMAC are nil for TLS 1.3 and where the client doesn't say.
	ExtendedMasterSecret, EncryptThenMAC *bool
	ALPN                                 string
	// Verify is the number of the verification result, 0 for a trusted chain.
	Verify string
	// Code is the client's exit code.
	Code int
	// Output is all that it printed.
	Output string
}

// SClient connects with `openssl s_client` and reports what it says of the session. The
// handshake may fail: then Code is not 0.
func SClient(t testing.TB, addr string, args ...string) Report {
	t.Helper()
	args = append([]string{"s_client", "-connect", addr, "-tlsextdebug"}, args...)
	r := Run(t, "Q\n", "openssl", args...)
	out := r.Stdout
	rep := Report{Code: r.Code, Output: r.Output()}
	// "New, TLSv1.2, Cipher is ECDHE-RSA-AES128-GCM-SHA256"; the version there is that of the
	// suite, so the session's comes from its own line, which TLS 1.3 lacks.
	if fields := strings.SplitN(after(out, "New, "), ", ", 2); len(fields) == 2 {
		rep.Version = fields[0]
		rep.CipherSuite = strings.TrimPrefix(fields[1], "Cipher is ")
	}
	if v := after(out, "    Protocol  : "); v != "" {
		rep.Version = v
	}
	rep.Group = after(out, "Server Temp Key: ")
	if v := after(out, "    Extended master secret: "); v != "" && rep.Version != "TLSv1.3" {
		ems, etm := v == "yes", strings.Contains(out, `TLS server extension "encrypt-then-mac"`)
		rep.ExtendedMasterSecret, rep.EncryptThenMAC = &ems, &etm
	}
	rep.ALPN = after(out, "ALPN protocol: ")
	rep.Verify, _, _ = strings.Cut(after(out, "Verify return code: "), " ")
	if rep.Verify == "" {
		rep.Verify, _, _ = strings.Cut(after(out, "    Verify return code: "), " ")
	}
	return rep
}

// after returns the rest of the last line that begins with the prefix.
func after(text, prefix string) string {
	found := ""
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			found = strings.TrimRight(rest, "\r\n")
		}
	}
	return found
}

// Port returns the port of the server's address.
func (s *Server) Port() string {
	_, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return ""
	}
	return port
}
