package main

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/capture"
	"github.com/tlsprobe/tlsprobe/internal/demo"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// spelled is how bytes may stand in an output.
func spelled(b []byte) [][]byte {
	return [][]byte{
		b, []byte(hex.EncodeToString(b)), []byte(strings.ToUpper(hex.EncodeToString(b))),
		[]byte(strings.TrimRight(base64.StdEncoding.EncodeToString(b), "=")), []byte(strings.TrimRight(base64.URLEncoding.EncodeToString(b), "=")),
	}
}

// privateScalar is the secret of the demo's client.
func privateScalar(c *handshake.Credential) ([]byte, bool) {
	if c == nil {
		return nil, false
	}
	k, err := c.Key.(*ecdsa.PrivateKey).Bytes()
	return k, err == nil
}

func TestNoSecretIsAnywhereUnlessItWasAskedFor(t *testing.T) {
	for _, sc := range demo.Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			t.Parallel()
			var errs bytes.Buffer
			app := testApp(nil, &errs)
			var secrets []keys.Secret
			tap := capture.NewTap(app.Now, 1<<20)
			tr, events := liveTrace(t, app, sc.Name, func(p *probe.Options) {
				p.KeyLog = func(_ []byte, s keys.Secret) { secrets = append(secrets, s) }
				p.Tap = tap.Wrap
				if p.Session != nil {
					secrets = append(secrets, keys.Secret{Name: "the session's secret", Bytes: p.Session.Secret})
				}
				p.Keep = func(s *handshake.SavedSession) {
					if s != nil {
						secrets = append(secrets, keys.Secret{Name: "what resumes the session", Bytes: s.Secret})
					}
				}
				if k, ok := privateScalar(p.Credential); ok {
					secrets = append(secrets, keys.Secret{Name: "the client's key", Bytes: k})
				}
			})
			outputs := map[string][]byte{"--events": events}
			var packets bytes.Buffer
			if err := tap.WritePcapng(&packets, tr, nil); err != nil && !errors.Is(err, capture.ErrNoConnection) {
				t.Fatal(err)
			}
			outputs["--pcap"] = packets.Bytes()
			for _, b := range tr.Buffers {
				outputs["buffers"] = append(outputs["buffers"], b.Bytes...)
			}
			for _, flags := range [][]string{nil, {"-vv"}, {"--json"}} {
				var out bytes.Buffer
				cmd, o := connectCommand(app)
				if err := cmd.ParseFlags(flags); err != nil {
					t.Fatal(err)
				}
				if err := o.show(app, &out, tr, false, 0); err != nil {
					t.Fatal(err)
				}
				outputs[strings.Join(flags, " ")] = out.Bytes()
			}
			for _, s := range secrets {
				for name, out := range outputs {
					for _, spelling := range spelled(s.Bytes) {
						if bytes.Contains(out, spelling) {
							t.Errorf("%s is in what %q gives", s.Name, name)
						}
					}
				}
			}
			if established(tr) && len(secrets) == 0 {
				t.Error("no secret was looked for")
			}
		})
	}
}

func TestSecretsThatWereAskedForAreInDocumentAndView(t *testing.T) {
	var errs bytes.Buffer
	app := testApp(nil, &errs)
	var secrets []keys.Secret
	tr, events := liveTrace(t, app, "tls13", func(p *probe.Options) {
		p.KeyLog = func(_ []byte, s keys.Secret) { secrets = append(secrets, s) }
		p.ShowSecrets = true
	})
	var document, shown bytes.Buffer
	if err := trace.Write(&document, tr); err != nil {
		t.Fatal(err)
	}
	cmd, o := connectCommand(app)
	if err := cmd.ParseFlags([]string{"-v"}); err != nil {
		t.Fatal(err)
	}
	if err := o.show(app, &shown, tr, false, 0); err != nil {
		t.Fatal(err)
	}
	if len(secrets) < 5 {
		t.Fatalf("only %d secrets", len(secrets))
	}
	for _, s := range secrets {
		word := []byte(hex.EncodeToString(s.Bytes))
		for name, out := range map[string][]byte{"document": document.Bytes(), "events": events, "-v": shown.Bytes()} {
			if !bytes.Contains(out, word) {
				t.Errorf("%s is not in %s", s.Name, name)
			}
		}
	}
}

func TestFilesWithSecretsAreForTheUserAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are something else there")
	}
	dir := t.TempDir()
	name := func(n string) string { return filepath.Join(dir, n) }
	// One that was there with more permissions loses them; a key log that others append to as well keeps its own.
	for _, n := range []string{"trace.json", "log"} {
		if err := os.WriteFile(name(n), []byte("before\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name(n), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	run := func(args ...string) {
		t.Helper()
		if code := testApp(&out, &errs).Run(t.Context(), append([]string{"demo", "-q"}, args...)); code != exitOK {
			t.Fatalf("exit code %d: %s", code, &errs)
		}
	}
	run("--show-secrets", "--save", name("trace.json"), "--pcap", name("trace.pcapng"), "--keylog", name("log"), "--json", "-o", name("out.json"))
	run("--save", name("open.json"), "--pcap", name("open.pcapng"), "--keylog", name("new.log"))
	for n, want := range map[string]os.FileMode{
		"trace.json": 0o600, "trace.pcapng": 0o600, "out.json": 0o600, "new.log": 0o600, "log": 0o644,
	} {
		info, err := os.Stat(name(n))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has the permissions %o, not %o", n, got, want)
		}
	}
	for _, n := range []string{"open.json", "open.pcapng"} { // as far as the umask lets them be
		if info, err := os.Stat(name(n)); err != nil || info.Mode().Perm()&^0o644 != 0 {
			t.Errorf("%s: %v, %v", n, info.Mode(), err)
		}
	}
	log, err := os.ReadFile(name("log"))
	if err != nil || !strings.HasPrefix(string(log), "before\nCLIENT_HANDSHAKE_TRAFFIC_SECRET ") || !strings.HasSuffix(string(log), "\n") {
		t.Errorf("the key log is %q, %v", log, err)
	}
}

func TestTheEnvironmentAsksForAKeyLog(t *testing.T) {
	name := filepath.Join(t.TempDir(), "keys.log")
	run := func(file string, args ...string) string {
		var out, errs bytes.Buffer
		app := testApp(&out, &errs)
		app.Env = func(v string) string { return map[string]string{"SSLKEYLOGFILE": file, "LANG": "C.UTF-8"}[v] }
		if code := app.Run(t.Context(), append([]string{"demo", "-q"}, args...)); code != exitOK {
			t.Errorf("exit code %d: %s", code, &errs)
		}
		return errs.String()
	}
	if said := run(name); said != "" {
		t.Error(said)
	}
	run(name, "--scenario", "tls12")
	log, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]int{}
	for line := range strings.Lines(string(log)) {
		f := strings.Fields(line)
		if len(f) != 3 || len(f[1]) != 64 || !strings.HasSuffix(line, "\n") {
			t.Errorf("the line %q", line)
			continue
		}
		labels[f[0]]++
	}
	// RFC 9850, Sections 2.1 and 2.2.
	for _, l := range []string{
		"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0", "EXPORTER_SECRET", "CLIENT_RANDOM",
	} {
		if labels[l] != 1 {
			t.Errorf("%d lines are of %s", labels[l], l)
		}
	}
	if len(labels) != 6 {
		t.Errorf("labels: %v", labels)
	}
	// --keylog is more than the environment, and what only the environment asks for is no reason to fail.
	other := filepath.Join(t.TempDir(), "other.log")
	run(name, "--keylog", other)
	if again, err := os.ReadFile(name); err != nil || !bytes.Equal(again, log) {
		t.Error("both were written")
	}
	if said := run(filepath.Join(name, "nowhere")); !strings.Contains(said, "note: no key log is written: SSLKEYLOGFILE: ") {
		t.Errorf("it said %q", said)
	}
}
