package testpeer

import (
	"os/exec"
	"strings"
	"testing"
)

// GnuTLS starts `gnutls-serv`, which can't be told what to bind and takes all interfaces: so it gets
// a network namespace of its own, with nothing in it but loopback, and Addr is that of a relay into
// it. Making one needs root; without, the test is skipped.
func GnuTLS(t testing.TB, args ...string) *Server {
	t.Helper()
	path := Need(t, "gnutls-serv")
	ns, err := newNamespace()
	if err != nil {
		missing(t, "gnutls-serv needs a network namespace of its own: %v", err)
	}
	t.Cleanup(ns.close)
	const port = "4433" // nobody else is there
	s := launch(t, "gnutls-serv", command{
		path: path, args: append([]string{"--port", port}, args...), dir: t.TempDir(),
		start: func(cmd *exec.Cmd) error { return ns.run(cmd.Start) },
	})
	s.Addr = relay(t, s, ns, "127.0.0.1:"+port)
	return s
}

// GnuTLSCli connects with `gnutls-cli` and reports what it says of the session.
func GnuTLSCli(t testing.TB, s *Server, priority string, args ...string) Report {
	t.Helper()
	args = append([]string{"--port", s.Port(), "--priority", priority, "--no-ca-verification"}, args...)
	r := Run(t, "", "gnutls-cli", append(args, "127.0.0.1")...)
	rep := Report{Code: r.Code, Output: r.Output()}
	// - Description: (TLS1.2)-(ECDHE-SECP256R1)-(RSA-PSS-RSAE-SHA256)-(AES-128-GCM)
	description := strings.Split(strings.Trim(after(r.Stdout, "- Description: "), "()"), ")-(")
	if len(description) >= 3 {
		version, _, _ := strings.Cut(description[0], "-X.509")
		rep.Version = strings.Replace(version, "TLS", "TLSv", 1)
		rep.Group = description[1]
		rep.CipherSuite = description[len(description)-1]
		if len(description) == 5 {
			rep.CipherSuite = description[3] + " " + description[4]
		}
	}
	if options := after(r.Stdout, "- Options: "); rep.Version != "TLSv1.3" && rep.Version != "" {
		ems, etm := strings.Contains(options, "extended master secret"), strings.Contains(options, "EtM")
		rep.ExtendedMasterSecret, rep.EncryptThenMAC = &ems, &etm
	}
	return rep
}
