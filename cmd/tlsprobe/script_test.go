package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/google/jsonschema-go/jsonschema"
)

// statusFile names the environment variable of the file that the program leaves its exit code in.
const statusFile = "TLSPROBE_TEST_STATUS"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tlsprobe": func() {
		code := start()
		if name := os.Getenv(statusFile); name != "" {
			_ = os.WriteFile(name, []byte(strconv.Itoa(code)), 0o600) // status fails without it
		}
		os.Exit(code)
	}})
}

func TestCommandLine(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("LANG", "C.UTF-8")
			e.Setenv("GORACE", "atexit_sleep_ms=0") // the race detector would rest for a second each time
			e.Setenv(statusFile, filepath.Join(e.WorkDir, ".status"))
			captures, err := filepath.Abs(filepath.Join("testdata", "captures"))
			e.Setenv("CAPTURES", captures)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": scriptStatus, "port": scriptPort, "nobody": scriptNobody, "valid": scriptValid, "same": scriptSame, "lines": scriptLines,
			"pki": scriptPKI, "fill": scriptFill,
		},
	})
}

// scriptStatus checks the exit code of the program that ended last: status 5.
func scriptStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: status CODE")
	}
	if got := ts.ReadFile(ts.Getenv(statusFile)); got != args[0] {
		ts.Fatalf("exit code %s, not %s", got, args[0])
	}
	ts.Check(os.Remove(ts.Getenv(statusFile)))
}

// scriptPort waits for the file that a server writes its port to, and keeps it: port FILE VARIABLE.
func scriptPort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: port FILE VARIABLE")
	}
	for range 3000 {
		if b, err := os.ReadFile(ts.MkAbs(args[0])); err == nil {
			ts.Setenv(args[1], string(b))
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("no server wrote %s", args[0])
}

// scriptNobody finds a port of loopback that nobody listens on: nobody VARIABLE.
func scriptNobody(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: nobody VARIABLE")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	ts.Check(l.Close())
}

// scriptValid validates a document against the schema that is published for it: valid FILE|stdout.
func scriptValid(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: valid FILE")
	}
	var doc map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &doc))
	version, _ := doc["schema"].(string)
	name, _, _ := strings.Cut(strings.TrimPrefix(version, "tlsprobe."), "/")
	var schema jsonschema.Schema
	ts.Check(json.Unmarshal(schemaOf(name), &schema))
	resolved, err := schema.Resolve(nil)
	ts.Check(err)
	ts.Check(resolved.Validate(doc))
}

// scriptFill makes a file of so many mebibytes of one character: fill FILE MEBIBYTES CHARACTER.
func scriptFill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: fill FILE MEBIBYTES CHARACTER")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	writeFile(ts, args[0], bytes.Repeat([]byte(args[2]), n<<20))
}

func writeFile(ts *testscript.TestScript, name string, content []byte) {
	ts.Check(os.WriteFile(ts.MkAbs(name), content, 0o600))
}

// scriptSame checks a value of a JSON document: same FILE PATH VALUE, where a step of PATH is a key or
// an index, and VALUE is JSON or, failing that, a string.
func scriptSame(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: same FILE PATH VALUE")
	}
	var doc, want any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &doc))
	for step := range strings.SplitSeq(args[1], ".") {
		switch v := doc.(type) {
		case map[string]any:
			doc = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			ts.Check(err)
			if i >= len(v) {
				ts.Fatalf("%s has only %d items at %s", args[0], len(v), step)
			}
			doc = v[i]
		default:
			ts.Fatalf("there is no %s in %v", step, doc)
		}
	}
	if json.Unmarshal([]byte(args[2]), &want) != nil {
		want = args[2]
	}
	if fmt.Sprint(doc) != fmt.Sprint(want) {
		ts.Fatalf("%s is %v, not %v", args[1], doc, want)
	}
}

// scriptLines checks that each line of a file is a JSON object, and that there are some: lines FILE.
func scriptLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: lines FILE")
	}
	n := 0
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		var event struct {
			N     int
			Layer string
			Kind  string
		}
		ts.Check(json.Unmarshal([]byte(line), &event))
		if n++; event.N != n || event.Layer == "" || event.Kind == "" {
			ts.Fatalf("line %d is no event, or not the next one: %s", n, line)
		}
	}
	if n == 0 {
		ts.Fatalf("%s has no line", args[0])
	}
}
