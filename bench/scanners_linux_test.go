package bench

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// list is the targets of the scanners, each on an address of its own of 127/8, in the forms that they read.
type list struct{ port, targets, pairs, root string }

func writeList(t *testing.T, n int) list {
	addr, root := scanServerAt(t, "0.0.0.0:0")
	_, port, _ := strings.Cut(addr, ":")
	dir := t.TempDir()
	l := list{port, filepath.Join(dir, "targets"), filepath.Join(dir, "pairs"), filepath.Join(dir, "root.pem")}
	var targets, pairs bytes.Buffer
	for i := range n {
		a := fmt.Sprintf("127.%d.%d.%d", 1+i>>16, i>>8&255, i&255)
		fmt.Fprintf(&targets, "%s:%s\n", a, port)
		fmt.Fprintf(&pairs, "%s, %s\n", a, sameChain)
	}
	for name, data := range map[string][]byte{
		l.targets: targets.Bytes(), l.pairs: pairs.Bytes(), l.root: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root}),
	} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// dialFor names the variable that makes the test's own binary a bare client of crypto/tls. Its value is the
// name to ask for, and the file with the targets.
const dialFor = "TLSPROBE_BENCH_DIAL"

// dialTargets makes a handshake with each target, and says so.
func dialTargets() {
	name, file, _ := strings.Cut(os.Getenv(dialFor), " ")
	text, err := os.ReadFile(file)
	must(err)
	cfg := &tls.Config{InsecureSkipVerify: true, ServerName: name, NextProtos: []string{"h2", "http/1.1"}} //nolint:gosec // that is the comparison
	targets := make(chan string)
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for addr := range targets {
				c, err := tls.Dial("tcp", addr, cfg)
				must(err)
				_ = c.Close()
				fmt.Println("ok")
			}
		})
	}
	for _, addr := range strings.Fields(string(text)) {
		targets <- addr
	}
	close(targets)
	all.Wait()
}

// TestScannersBesideEachOther is run by scanners.sh: it takes a minute. It tells what each scanner that is installed spends of its CPU for
// a handshake and a line of JSON, as a process from start to end. The flags of tlsx are those of its manual and of zgrab2's README, some from memory, and were not
// tried.
func TestScannersBesideEachOther(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("TLSPROBE_SCANNERS"))
	if err != nil {
		t.Skip("it takes a minute: bench/scanners.sh runs it")
	}
	l := writeList(t, n)
	own := func(sni string) []string {
		return []string{build(t), "scan", "-f", l.targets, "--sni", sni, "--roots", l.root}
	}
	const ok = `"outcome":"ok"`
	for _, s := range []struct {
		name string
		args []string
		sni  string
		good string // what a line of JSON holds if there was a handshake
	}{
		{"crypto/tls, bare", []string{os.Args[0]}, sameChain, "ok"},
		{"tlsprobe scan", own(sameChain), sameChain, ok},
		{"crypto/tls, bare, each leaf new", []string{os.Args[0]}, newLeaf, "ok"},
		{"tlsprobe scan, each leaf new", own(newLeaf), newLeaf, ok},
		{"tlsx", []string{"tlsx", "-l", l.targets, "-json", "-silent", "-c", "64", "-sni", sameChain}, sameChain, `"tls_version":"tls13"`},
		{"zgrab2", []string{"zgrab2", "-f", l.pairs, "-s", "64", "tls", "-p", l.port}, sameChain, `"status":"success"`},
	} {
		if _, err := exec.LookPath(s.args[0]); err != nil {
			t.Logf("%s: not installed", s.name)
			continue
		}
		cmd := exec.Command(s.args[0], s.args[1:]...)
		cmd.Env = append(os.Environ(), dialFor+"="+s.sni+" "+l.targets)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		good := 0
		lines := bufio.NewScanner(out)
		for lines.Buffer(nil, 1<<24); lines.Scan(); {
			if bytes.Contains(lines.Bytes(), []byte(s.good)) {
				good++
			}
		}
		if err := cmd.Wait(); err != nil || good != n {
			t.Errorf("%s: %d of %d targets, %v", s.name, good, n, err)
		}
		spent := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		t.Logf("%s: %v of CPU for a handshake, %v in all", s.name, (spent / time.Duration(n)).Round(time.Microsecond), time.Since(start).Round(time.Second/10))
	}
}
