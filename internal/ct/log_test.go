package ct

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

func TestBuiltInListIsThatOfGoogle(t *testing.T) {
	l := BuiltIn()
	if strings.Contains(l.Source, "incomplete") || l.Version != "53.34" || l.Date.Format(time.RFC3339) != "2025-05-05T12:54:12Z" {
		t.Errorf("%s %s %s", l.Source, l.Version, l.Date)
	}
	states, tiled := map[State]int{}, 0
	for _, log := range l.All() {
		states[log.State]++
		if log.Tiled {
			tiled++
		}
		if key, problems := cert.ParsePublicKey(log.Key); len(problems) > 0 || key.Kind != cert.KeyEC && key.Kind != cert.KeyRSA {
			t.Errorf("%s: %v", log.Description, problems)
		}
		if log.Description == "" || log.Operator == "" || log.State != StateNone && log.Since.IsZero() {
			t.Errorf("%+v", log)
		}
	}
	// Counted in the list with another program.
	want := map[State]int{StateNone: 34, StatePending: 10, StateUsable: 33, StateReadOnly: 1, StateRetired: 3, StateRejected: 100}
	if fmt.Sprint(states) != fmt.Sprint(want) || tiled != 6 {
		t.Errorf("%v, %d tiled", states, tiled)
	}
	// The identifier is the list's own, not computed here.
	id := must(base64.StdEncoding.DecodeString("sh4FzIuizYogTodm+Su5iiUgZ2va+nDnsklTLe+LkF4="))
	log := l.Lookup(LogID(id))
	if log == nil || log.Description != "Google 'Argon2020' log" || log.From.Year() != 2020 || log.To.Year() != 2021 {
		t.Errorf("%+v", log)
	}
	if l.Lookup(LogID{}) != nil {
		t.Error("a log whose identifier is zero")
	}
}

func TestStateBeforeTheListsOwnIsNotKnown(t *testing.T) {
	log := Log{State: StateRetired, Since: now}
	if log.StateAt(now.Add(-1)) != StateUnknown || log.StateAt(now) != StateRetired {
		t.Error(log.StateAt(now.Add(-1)), log.StateAt(now))
	}
	if never := (&Log{}).StateAt(now); never != StateNone {
		t.Error(never)
	}
}

// googleLog is a log in the form of Google's list.
func googleLog(l testLog, more string) string {
	id := l.id()
	return fmt.Sprintf(`{"description":"a log","log_id":%q,"key":%q%s}`, base64.StdEncoding.EncodeToString(id[:]),
		base64.StdEncoding.EncodeToString(l.spki()), more)
}

func googleList(logs, tiled string) string {
	return fmt.Sprintf(`{"version":"1.2","log_list_timestamp":"2026-02-01T00:00:00Z","operators":[
		{"name":"One","email":["a@b"],"logs":[%s],"tiled_logs":[%s]}]}`, logs, tiled)
}

func TestListsInGooglesFormAreRead(t *testing.T) {
	k := testKeys()
	a, b := testLog{key: k.log}, testLog{key: k.rsaLog}
	text := googleList(
		googleLog(a, `,"url":"https://a.test/","state":{"retired":{"timestamp":"2026-01-01T00:00:00Z"}},
			"temporal_interval":{"start_inclusive":"2026-01-01T00:00:00Z","end_exclusive":"2027-01-01T00:00:00Z"},
			"previous_operators":[{"name":"Two","end_time":"2025-01-01T00:00:00Z"}],"something_new":{"x":[1]}`),
		googleLog(b, `,"submission_url":"https://b.test/","monitoring_url":"https://c.test/","log_type":"test"`))
	l, err := ReadLogs(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if l.Version != "1.2" || !l.Date.Equal(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)) || len(l.All()) != 2 {
		t.Errorf("%+v", l)
	}
	x, y := l.Lookup(a.id()), l.Lookup(b.id())
	if x.State != StateRetired || x.Since.Year() != 2026 || x.URL != "https://a.test/" || x.To.Year() != 2027 || x.Tiled || x.Operator != "One" {
		t.Errorf("%+v", x)
	}
	if who := x.OperatorAt(now); who != "One" {
		t.Error(who)
	}
	if who := x.OperatorAt(now.AddDate(-2, 0, 0)); who != "Two" {
		t.Error(who)
	}
	if !y.Tiled || y.Kind != KindTest || y.URL != "https://b.test/" || y.State != StateNone {
		t.Errorf("%+v", y)
	}
}

func TestListsThatAreNoneAreRefusedWithTheReason(t *testing.T) {
	a := testLog{key: testKeys().log}
	id := a.id()
	wrong := sha256.Sum256([]byte("another key"))
	mismatched := strings.Replace(googleLog(a, ""), base64.StdEncoding.EncodeToString(id[:]), base64.StdEncoding.EncodeToString(wrong[:]), 1)
	for says, text := range map[string]string{
		"isn't in the form":                 "<html>",
		"no log_list_timestamp":             `{"version":"1"}`,
		"the list of logs is empty":         googleList("", ""),
		"isn't the SHA-256 of its key":      googleList(mismatched, ""),
		"isn't the SHA-256 of its key, e3b": googleList(`{"description":"x"}`, ""),
		"stands there twice":                googleList(googleLog(a, ""), googleLog(a, "")),
		`the state "sleeping" isn't known`:  googleList(googleLog(a, `,"state":{"sleeping":{"timestamp":"2026-01-01T00:00:00Z"}}`), ""),
		"its state has no timestamp":        googleList(googleLog(a, `,"state":{"usable":{}}`), ""),
		"it has several states": googleList(googleLog(a, `,"state":{"usable":{"timestamp":"2026-01-01T00:00:00Z"},
			"retired":{"timestamp":"2026-01-01T00:00:00Z"}}`), ""),
		`the log_type "x" isn't known`: googleList(googleLog(a, `,"log_type":"x"`), ""),
		"more than 8388608 bytes":      strings.Repeat(" ", maxListSize+1),
	} {
		if _, err := ReadLogs(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", says, err)
		}
	}
	if _, err := ReadLogs(failing{}); err == nil || !strings.Contains(err.Error(), "reading the list of logs: it fails") {
		t.Error(err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, fmt.Errorf("it fails") }

func TestLongNamesInAListAreCut(t *testing.T) {
	long, _ := json.Marshal(strings.Repeat("ü", 500))
	text := strings.Replace(googleList(googleLog(testLog{key: testKeys().log}, ""), ""), `"a log"`, string(long), 1)
	l, err := ReadLogs(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if d := l.All()[0].Description; len(d) > maxText+len("…") || !strings.HasSuffix(d, "ü…") {
		t.Errorf("%d bytes: %s", len(d), d)
	}
}

func TestTablesThatAreNoneSayInWhichLine(t *testing.T) {
	for says, text := range map[string]string{
		`line 2 of the table of logs: "colour"`:   "# a table\ncolour: red\n",
		"line 1 of the table of logs: 2 columns":  "a | b",
		"line 1 of the table of logs: illegal":    "a | - | - | - | - | prod | - | ?",
		"line 1 of the table of logs: no such st": "a | asleep | - | - | - | prod | - | QQ==",
		"line 1 of the table of logs: no such ki": "a | - | - | - | - | odd | - | QQ==",
		"line 1 of the table of logs: parsing":    "a | - | - | x | - | prod | - | QQ==",
		"line 2 of the table of logs: the log":    "a | - | - | - | - | prod | - | QQ==\na | - | - | - | - | prod | - | QQ==",
		"line 1 of the table of logs: parsing ti": "date: x",
	} {
		if _, err := readTable(text); err == nil || !strings.HasPrefix(err.Error(), says) {
			t.Errorf("%q: %v", says, err)
		}
	}
}
