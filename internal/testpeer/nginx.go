package testpeer

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Nginx starts nginx, in the foreground and as one process, with that as the content of its one
// server block, beside the listen directive.
func Nginx(t testing.TB, server string) *Server {
	t.Helper()
	path := Need(t, "nginx")
	server = "        " + strings.ReplaceAll(strings.TrimSpace(server), "\n", "\n        ")
	// nginx takes no port 0 (and, as one process, no socket of ours): so somebody may take the port
	// between our look and its.
	for range 5 {
		addr := freeAddr(t)
		dir := t.TempDir()
		conf := filepath.Join(dir, "nginx.conf")
		if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConf, addr, server), 0o600); err != nil {
			t.Fatal(err)
		}
		s := launch(t, "nginx", command{path: path, args: []string{"-p", dir, "-c", conf, "-e", "stderr"}, dir: dir})
		s.Addr = addr
		if err := s.await(func() error { return listens(addr) }); err == nil {
			return s
		}
		s.Stop()
		if !strings.Contains(s.Log(), "Address already in use") {
			t.Fatalf("nginx does not start; it said:\n%s", indent(s.Log()))
		}
	}
	t.Fatal("nginx found no free port")
	return nil
}

// freeAddr returns an address of loopback that nobody listened on just now.
func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// listens tries to connect.
func listens(addr string) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	return c.Close()
}

const nginxConf = `daemon off;
master_process off;
pid pid;
error_log stderr notice;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {
        listen %s ssl;
%s
    }
}
`
