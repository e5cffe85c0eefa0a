package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tlsprobe/tlsprobe/internal/demo"
)

// poolSize is how many addresses the pool of the test has. All of 127.0.0.0/8 is loopback on Linux.
const poolSize = 50

// startPool serves a configuration on an address each, and returns the list of them as an argument.
func startPool(t *testing.T, configs []*tls.Config) string {
	t.Helper()
	var list []string
	for i, cfg := range configs {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.1.%d:0", i+1))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		list = append(list, l.Addr().String())
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go serveOnce(tls.Server(c, cfg))
			}
		}()
	}
	return strings.Join(list, ",")
}

// serveOnce shakes hands and waits for the client to go.
func serveOnce(c *tls.Conn) {
	defer func() { _ = c.Close() }()
	if c.Handshake() == nil {
		_, _ = c.Read(make([]byte, 1))
	}
}

// pool is configurations of servers of which one has another certificate and one an older version.
func pool(t *testing.T) (configs []*tls.Config, roots string) {
	t.Helper()
	ca, err := demo.NewCA(demo.CAOptions{})
	if err != nil {
		t.Fatal(err)
	}
	usual, err := ca.Issue(demo.LeafOptions{Names: []string{"pool.test"}})
	if err != nil {
		t.Fatal(err)
	}
	other, err := ca.Issue(demo.LeafOptions{Names: []string{"pool.test", "left-over.test"}})
	if err != nil {
		t.Fatal(err)
	}
	for range poolSize {
		configs = append(configs, &tls.Config{Certificates: []tls.Certificate{usual}})
	}
	configs[16] = &tls.Config{Certificates: []tls.Certificate{other}}
	configs[41] = &tls.Config{Certificates: []tls.Certificate{usual}, MaxVersion: tls.VersionTLS12}
	roots = filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return configs, roots
}

// across runs diff --across over a list, as wide as a terminal of that many columns.
func across(t *testing.T, width int, args ...string) (code int, out string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	app := testApp(&stdout, &stderr)
	app.StdoutIsTerminal, app.Width = width > 0, func() int { return width }
	code = app.Run(t.Context(), append([]string{"diff", "--across", "--sni", "pool.test", "--color", "never"}, args...))
	if stderr.Len() > 0 {
		t.Errorf("stderr: %s", &stderr)
	}
	return code, stdout.String()
}

func TestTheOddOnesOfFiftyAddressesAreFound(t *testing.T) {
	configs, roots := pool(t)
	list := startPool(t, configs)
	addr := strings.Split(list, ",")
	code, out := across(t, 0, list, "--roots", roots, "--json")
	var doc struct {
		Result   string
		Clusters []struct {
			Endpoints []string
			Diff      *struct{ Groups []struct{ Name string } }
		}
		Unreached []any
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatalf("%v: %.300s", err, out)
	}
	if code != exitNo || doc.Result != "differs" || len(doc.Clusters) != 3 || len(doc.Unreached) > 0 {
		t.Fatalf("exit code %d: %s, %d clusters, %v", code, doc.Result, len(doc.Clusters), doc.Unreached)
	}
	for i, want := range [][]string{{addr[0]}, {addr[16]}, {addr[41]}} {
		got := doc.Clusters[i].Endpoints
		if got[0] != want[0] || i == 0 && len(got) != poolSize-2 || i > 0 && len(got) != 1 {
			t.Errorf("cluster %d is %q", i+1, got)
		}
	}
	for _, width := range []int{80, 120} {
		code, out := across(t, width, list, "--roots", roots)
		if code != exitNo {
			t.Errorf("exit code %d", code)
		}
		lines := strings.Split(strings.TrimRight(out, "\n"), "\n")
		for _, line := range lines {
			if utf8.RuneCountInString(line) > width {
				t.Errorf("%d columns: %q", utf8.RuneCountInString(line), line)
			}
		}
		for _, want := range []string{
			"cluster 1  48 endpoints", "cluster 2  1 endpoint", addr[16], addr[41], "left-over.test", "version lowered", "50 endpoints in 3 clusters",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("at %d columns nothing says %q:\n%s", width, want, out)
			}
		}
		if len(lines) > 60 {
			t.Errorf("the answer has %d lines:\n%s", len(lines), out)
		}
	}
}

func TestFiftyAddressesThatAreAlikeAreOneAnswer(t *testing.T) {
	configs, roots := pool(t)
	configs[16], configs[41] = configs[0], configs[0]
	list := startPool(t, configs)
	if code, out := across(t, 80, list, "--roots", roots, "-q"); code != exitOK || !strings.Contains(out, "all 50 endpoints the same") {
		t.Errorf("exit code %d: %s", code, out)
	}
	code, out := across(t, 80, list+",127.0.1.51:1", "--roots", roots)
	if code != exitIncomplete || !strings.Contains(out, "127.0.1.51:1  not reached") {
		t.Errorf("with one that is not reached: exit code %d: %s", code, out)
	}
}
