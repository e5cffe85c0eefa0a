package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// most is how much memory a scan may take, in MB, however long its list.
const most = 200

// TestAMillionTargetsNeedLittleMemory is run by million.sh: it takes minutes. Of the targets one in a hundred is good, one in a
// thousand silent, and the others refuse.
func TestAMillionTargetsNeedLittleMemory(t *testing.T) {
	total, err := strconv.Atoi(os.Getenv("TLSPROBE_MILLION"))
	if err != nil {
		t.Skip("it takes minutes: bench/million.sh runs it")
	}
	addr, _ := scanServer(t)
	_, good, _ := strings.Cut(addr, ":")
	quiet, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer quiet.Close() //nolint:errcheck // the test is over
	_, silent, _ := net.SplitHostPort(quiet.Addr().String())
	go accept(quiet)

	cmd := exec.Command(build(t), "scan", "-", "--workers", "256", "--timeout", "5s", "--sni", "a."+scanZone, "--per-host", "64")
	cmd.Stdin = &targets{total: total, good: good, silent: silent}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	outcomes := countOutcomes(t, out)
	err = cmd.Wait()
	took := time.Since(start)
	if cmd.ProcessState.ExitCode() != 6 {
		t.Errorf("%v: %s", err, &errs)
	}
	sum := 0
	for _, n := range outcomes {
		sum += n
	}
	if sum != total {
		t.Errorf("%d documents of %d targets", sum, total)
	}
	u := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	peak := u.Maxrss >> 10
	t.Logf("%d targets in %v (%.0f a second), CPU %v, at most %d MB: %v", total, took.Round(time.Second), float64(total)/took.Seconds(),
		(cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Round(time.Second), peak, outcomes)
	if peak > most {
		t.Errorf("%d MB, more than %d", peak, most)
	}
}

// accept takes connections and never says anything.
func accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			_, _ = io.Copy(io.Discard, c)
			_ = c.Close()
		}()
	}
}

// countOutcomes reads documents to the end.
func countOutcomes(t *testing.T, r io.Reader) map[string]int {
	outcomes := map[string]int{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		_, rest, _ := bytes.Cut(lines.Bytes(), []byte(`"outcome":"`))
		word, _, _ := bytes.Cut(rest, []byte(`"`))
		outcomes[string(word)]++
	}
	if err := lines.Err(); err != nil {
		t.Error(err)
	}
	return outcomes
}

// targets is the list, made as it is read.
type targets struct {
	total, n     int
	good, silent string
	rest         []byte
}

func (l *targets) Read(p []byte) (int, error) {
	for len(l.rest) == 0 {
		if l.n == l.total {
			return 0, io.EOF
		}
		l.n++
		// The server of the good ones listens on one address alone.
		switch {
		case l.n%100 == 0:
			l.rest = fmt.Appendf(l.rest[:0], "127.0.0.1:%s\n", l.good)
		case l.n%1000 == 1:
			l.rest = fmt.Appendf(l.rest[:0], "127.%d.%d.%d:%s\n", 1+l.n>>16, l.n>>8&255, l.n&255, l.silent)
		default:
			l.rest = fmt.Appendf(l.rest[:0], "127.%d.%d.%d:%s\n", 1+l.n>>16, l.n>>8&255, l.n&255, l.good)
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}
