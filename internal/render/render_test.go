package render

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

var update = flag.Bool("update", false, "write the goldens anew")

func shown(t *testing.T, tr *trace.Trace, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, tr, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestViewsAreAsRecorded(t *testing.T) {
	simple, alert, pq := simpleHandshake(t), refused(t), hybrid(t)
	for _, c := range []struct {
		name string
		t    *trace.Trace
		o    Options
	}{
		{"tls13", simple, Options{}},
		{"tls13-80-ascii", simple, Options{Width: 80, ASCII: true}},
		{"tls13-100-color", simple, Options{Width: 100, Color: true}},
		{"tls13-v", simple, Options{Verbosity: 1, Width: 120}},
		{"tls13-vv", simple, Options{Verbosity: 2}},
		{"tls13-only", simple, Options{Only: []string{"*.extensions.key_share", "server_hello.cipher_suite"}}},
		{"tls13-only-bytes", simple, Options{Only: []string{"certificate_verify"}, Verbosity: 2}},
		{"tls13-quiet", simple, Options{Quiet: true}},
		{"untrusted", pq, Options{Width: 100}},
		{"untrusted-quiet", pq, Options{Quiet: true}},
		{"hybrid-v", pq, Options{Only: []string{"client_hello", "server_hello"}}},
		{"hybrid-vv", pq, Options{Only: []string{"ServerHello.extensions.key_share"}, Verbosity: 2}},
		{"alert-quiet", alert, Options{Quiet: true}},
		{"alert", alert, Options{Width: 100}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := shown(t, c.t, c.o)
			golden := filepath.Join("testdata", c.name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("differs from %s (-update writes it anew):\n%s", golden, firstDifference(got, string(want)))
			}
		})
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d\n got %q\nwant %q", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}
