package diff

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// written locks a trace, writes the lock and reads it again.
func written(t *testing.T, tr *trace.Trace) *Lock {
	t.Helper()
	lock := Lock{Endpoints: []LockedEndpoint{LockOf("example.com:443", tr)}}
	var b bytes.Buffer
	if err := lock.Write(&b); err != nil {
		t.Fatal(err)
	}
	again, err := ReadLock(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatalf("%v in\n%s", err, &b)
	}
	var twice bytes.Buffer
	if err := again.Write(&twice); err != nil || twice.String() != b.String() {
		t.Fatalf("%v: written again it is\n%s\nand not\n%s", err, &twice, &b)
	}
	return again
}

func TestALockHoldsForTheServerItWasMadeOf(t *testing.T) {
	names, traces := scenarioTraces(t)
	for i, tr := range traces {
		if tr.Outcome == trace.Network {
			continue
		}
		lock := written(t, tr)
		if e := CheckTrace(&lock.Endpoints[0], tr); e.State != CheckSame || len(e.Changes) > 0 || len(e.Facts) < 3 {
			t.Errorf("%s: %s, %v", names[i], e.State, e.Changes)
		}
	}
	again := names
	if testing.Short() {
		again = []string{"tls13", "tls12", "client-auth", "expired", "no-alpn"}
	}
	for _, name := range again {
		p := serve(t, name)
		first := p.probe(t)
		if first.Outcome == trace.Network || name == "garbage" || name == "reset" { // what those two come to is chance
			continue
		}
		lock := written(t, first)
		if e := CheckTrace(&lock.Endpoints[0], p.probe(t)); e.State != CheckSame {
			t.Errorf("%s probed again: %s, %v", name, e.State, e.Changes)
		}
	}
}

func TestALockHasNeitherDatesNorKeys(t *testing.T) {
	tr := scenarioTrace(t, "tls13")
	var b bytes.Buffer
	lock := Lock{Endpoints: []LockedEndpoint{LockOf("example.com:443", tr)}}
	if err := lock.Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, c := range tr.Summary.Certificates {
		for _, secret := range []string{c.NotAfter, c.NotAfter[:10], c.NotBefore[:10], c.SHA256} {
			if strings.Contains(b.String(), secret) {
				t.Errorf("%s is in\n%s", secret, &b)
			}
		}
	}
}

// TestEachChangeIsNoticed changes one fact of a lock at a time.
func TestEachChangeIsNoticed(t *testing.T) {
	for _, name := range []string{"tls13", "tls12"} {
		tr := scenarioTrace(t, name)
		for k, f := range LockOf("x:1", tr).Facts {
			e := LockOf("x:1", tr)
			e.Facts[k].Values = append(slices.Clone(f.Values), "something else")
			if len(f.Values) == 1 {
				e.Facts[k].Values = []string{"something else"}
			}
			got := CheckTrace(&e, tr)
			if got.State == CheckSame || !slices.ContainsFunc(got.Changes, func(c Change) bool { return c.Fact == f.Key }) {
				t.Errorf("%s: %s is %s", name, f.Key, got.State)
			}
		}
	}
}

func TestWhatGotWorseIsToldFromWhatChanged(t *testing.T) {
	for _, c := range []struct {
		locked, now string
		state       CheckState
	}{
		{"tls13", "tls13", CheckSame},
		{"tls13", "x25519", CheckWorse},
		{"x25519", "tls13", CheckChanged},
		{"tls13", "tls12", CheckWorse},
		{"tls13", "expired", CheckWorse},
		{"expired", "tls13", CheckChanged},
		{"tls13", "alpn-h2", CheckChanged},
		{"tls13", "no-alpn", CheckWorse},
		{"tls13", "incomplete-chain", CheckWorse},
		{"tls13", "rsa-1024", CheckWorse},
		{"tls13", "ocsp-staple", CheckChanged},
		{"ocsp-staple", "tls13", CheckWorse},
		{"tls13", "wrong-host", CheckWorse},
		{"tls13", "client-auth", CheckChanged},
	} {
		e := LockOf("x:1", scenarioTrace(t, c.locked))
		if got := CheckTrace(&e, scenarioTrace(t, c.now)); got.State != c.state {
			t.Errorf("%s, now %s: %s and not %s: %v", c.locked, c.now, got.State, c.state, got.Changes)
		}
	}
}

func TestAServerThatIsNotReachedIsNeverAsItWas(t *testing.T) {
	e := LockOf("x:1", scenarioTrace(t, "tls13"))
	for _, outcome := range []trace.Outcome{trace.Network, trace.Interrupted, trace.Internal} {
		tr := unreachable
		tr.Outcome = outcome
		if got := CheckTrace(&e, &tr); got.State != CheckNotReached || got.Error == nil {
			t.Errorf("%s: %+v", outcome, got)
		}
	}
}

func TestALineThatIsTakenOutIsNotLookedAt(t *testing.T) {
	p := serve(t, "tls13")
	e := LockOf("x:1", p.probe(t))
	e.Facts = slices.DeleteFunc(e.Facts, func(f LockedFact) bool { return f.Key != "alpn" })
	p.offer = func(o *handshake.Offer) { o.Groups = []iana.Group{iana.X25519}; o.KeyShares = o.Groups }
	if got := CheckTrace(&e, p.probe(t)); got.State != CheckSame {
		t.Errorf("%+v", got)
	}
}

const good = LockSchema + "\n# words\n\nendpoint example.com:443\n  set --min=tls1.0\n  version TLS 1.3\n  alpn none\n  certificate.names \"DNS:a\\u00e9\"\n\tcertificate.names DNS:b\r\n"

func TestALockIsReadAsItStands(t *testing.T) {
	lock, err := ReadLock(strings.NewReader(good))
	if err != nil {
		t.Fatal(err)
	}
	e := lock.Endpoints[0]
	if e.Target != "example.com:443" || !slices.Equal(e.Settings, []string{"--min=tls1.0"}) || len(e.Facts) != 3 ||
		e.Facts[1].Values != nil || !slices.Equal(e.Facts[2].Values, []string{"DNS:aé", "DNS:b"}) {
		t.Errorf("%+v", e)
	}
}

func TestWhatIsWrongInALockIsToldWithItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "line 1, column 1: the file is empty",
		"{\"schema\":1}\n":                     "line 1, column 1: not a lock",
		"tlsprobe.lock/2\n":                    "line 1, column 15: version \"2\" of the format is not known here",
		LockSchema + "\n":                      "line 1, column 1: the lock has no endpoint",
		LockSchema + "\n\n  version TLS 1.3\n": "line 3, column 3: \"version\" stands before the first endpoint",
		LockSchema + "\nendpoint x:1\n  verion TLS 1.3\n":                        "line 3, column 3: there is no fact called \"verion\"",
		LockSchema + "\nendpoint x:1\n  version\n":                               "line 3, column 3: \"version\" has no value",
		LockSchema + "\nendpoint x:1\n  version \"TLS\n":                         "line 3, column 11: the value is no quoted string",
		LockSchema + "\nendpoint x:1\n  version TLS 1.3\n  version TLS 1.2\n":    "line 4, column 3: version stands twice",
		LockSchema + "\nendpoint x:1\n  chain none\n  chain CN=a\n":              "line 4, column 3: chain stands twice",
		LockSchema + "\nendpoint x:1\n  set min=tls1.0\n":                        "line 3, column 7: a setting is a flag",
		LockSchema + "\nendpoint x:1\n  alpn " + strings.Repeat("x", 5000):       "line 3, column 4096: the line has more than 4096 bytes",
		LockSchema + strings.Repeat("\nendpoint x:1", maxLockEndpoints+1):        "column 1: the lock has more than 1024 endpoints",
		LockSchema + "\nendpoint x:1" + strings.Repeat("\n", maxLockLines) + "x": "more than 262144 lines",
	} {
		lock, err := ReadLock(strings.NewReader(text))
		var wrong *LockError
		if lock != nil || !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, not %s", text, err, want)
		}
	}
}

func FuzzALockIsReadOrRefused(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(LockSchema + "\nendpoint \"\"\n chain none\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		lock, err := ReadLock(bytes.NewReader(text))
		if err != nil {
			return
		}
		var once, twice bytes.Buffer
		if err := lock.Write(&once); err != nil {
			t.Fatal(err)
		}
		again, err := ReadLock(bytes.NewReader(once.Bytes()))
		if err != nil {
			t.Skip("a value that is longer in quotes than a line may be")
		}
		if err := again.Write(&twice); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Errorf("%q was written as\n%s\nand then as\n%s", text, &once, &twice)
		}
	})
}
