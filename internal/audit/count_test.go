package audit_test

import (
	"os/exec"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

func TestItTakesAtMostHalfOfTheConnectionsOfSslscan(t *testing.T) {
	path := testpeer.Need(t, "sslscan")
	s := nginxOfMany(t)
	addr, theirs := relay(t, s.Addr, nil)
	out, err := exec.Command(path, "--no-colour", addr).CombinedOutput()
	if err != nil {
		t.Fatalf("sslscan: %v\n%s", err, out)
	}
	addr, ours := relay(t, s.Addr, nil)
	d := enumerate(t, addr, func(o *audit.Options) { o.Basics = true })
	complete(t, d)
	if n := int64(d.Cost.Connections); n != ours.Load() {
		t.Errorf("it says %d connections, and made %d", n, ours.Load())
	}
	if 2*ours.Load() > theirs.Load() {
		t.Errorf("%d connections, sslscan %d", ours.Load(), theirs.Load())
	}
	addr, all := relay(t, s.Addr, nil)
	enumerate(t, addr, nil)
	if all.Load() > 120 {
		t.Errorf("%d connections for everything", all.Load())
	}
	t.Logf("%d connections, sslscan %d; %d for everything", ours.Load(), theirs.Load(), all.Load())
}
