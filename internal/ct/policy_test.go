package ct

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// policyLogs are usable logs by letter: A, B and C are of one operator, D and E of two others, T and U serve tiles.
var policyLogs = sync.OnceValue(func() map[rune]testLog {
	logs := map[rune]testLog{}
	for _, letter := range "ABCDETU" {
		l := testLog{key: must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))}
		if letter >= 'T' {
			l.extensions = []byte{0, 0, 5, 0, 0, 0, 0, 1}
		}
		logs[letter] = l
	}
	return logs
})

func policyList() map[rune]*Log {
	list := map[rune]*Log{}
	for letter, l := range policyLogs() {
		log := l.listed(string(letter))
		log.Tiled = letter >= 'T'
		if strings.ContainsRune("ABC", letter) {
			log.Operator = "One Inc."
		}
		list[letter] = &log
	}
	return list
}

func retired(letter rune, at time.Time) func(map[rune]*Log) {
	return func(logs map[rune]*Log) { logs[letter].State, logs[letter].Since = StateRetired, at }
}

func inState(letters string, s State) func(map[rune]*Log) {
	return func(logs map[rune]*Log) {
		for _, letter := range letters {
			logs[letter].State = s
		}
	}
}

func without(letters string) func(map[rune]*Log) {
	return func(logs map[rune]*Log) {
		for _, letter := range letters {
			delete(logs, letter)
		}
	}
}

// made is when the timestamps of these tests were made.
var made = now.AddDate(0, 0, -20)

// The numbers are those of the policies' own tables; a capital letter is a timestamp of that log.
var policyCases = []struct {
	name                string
	days                int
	embedded, tls, ocsp string
	change              func(map[rune]*Log)
	status              finding.Status
	chrome, apple       string // in the message
}{
	{"two logs, two operators", 90, "AD", "", "", nil, finding.Pass, "has what it asks for: 2 logs of 2 operators embedded", "has"},
	{"180 days", 180, "AD", "", "", nil, finding.Pass, "has", "has"},
	{"181 days", 181, "AD", "", "", nil, finding.Warn, "lacks 1 of 3 timestamps", "lacks 1 of 3 timestamps"},
	{"181 days, three logs", 181, "ADE", "", "", nil, finding.Pass, "has", "has"},
	{"181 days, two of one operator", 181, "ABD", "", "", nil, finding.Pass, "has", "has"},
	{"181 days, all of one operator", 181, "ABC", "", "", nil, finding.Warn, "lacks 1 of 2 operators", "lacks 1 of 3 timestamps"},
	{"one operator", 90, "AB", "", "", nil, finding.Warn, "lacks 1 of 2 operators", "lacks 1 of 2 timestamps"},
	{"one log twice", 90, "AA", "", "", nil, finding.Warn, "lacks 1 of 2 timestamps, 1 of 2 operators", "lacks 1 of 2 timestamps"},
	{"one log", 90, "A", "", "", nil, finding.Warn, "lacks 1 of 2 timestamps, 1 of 2 operators", "lacks 1 of 2 timestamps"},
	{"readonly counts", 90, "AD", "", "", inState("AD", StateReadOnly), finding.Pass, "has", "has"},
	{"qualified counts", 90, "AD", "", "", inState("AD", StateQualified), finding.Pass, "has", "has"},
	{"retired after it was made", 90, "AD", "", "", retired('A', made.Add(time.Second)), finding.Pass, "has", "has"},
	{"retired when it was made", 90, "AD", "", "", retired('A', made), finding.Warn, "lacks 1 of 2 timestamps", "lacks 1"},
	{"all retired", 90, "AD", "", "", inState("AD", StateRetired), finding.Warn, "lacks 2 of 2", "lacks 2 of 2"},
	{"all retired since", 90, "AD", "", "", func(l map[rune]*Log) { retired('A', now)(l); retired('D', now)(l) }, finding.Warn,
		"lacks one of a log that is accepted now", "lacks one of a log that is accepted now"},
	{"rejected", 90, "AD", "", "", inState("D", StateRejected), finding.Warn, "lacks 1 of 2", "lacks 1 of 2"},
	{"pending", 90, "AD", "", "", inState("D", StatePending), finding.Warn, "lacks 1 of 2", "lacks 1 of 2"},
	{"for tests", 90, "AD", "", "", func(l map[rune]*Log) { l['D'].Kind = KindTest }, finding.Warn, "lacks 1 of 2", "lacks 1 of 2"},
	{"unknown log", 90, "AD", "", "", without("D"), finding.Unknown, "may have what it asks for: it hangs on 1 log that can't be judged", "may have"},
	{"unknown logs by TLS", 90, "", "AD", "", without("AD"), finding.Unknown, "may have what it asks for: it hangs on 2 logs", "may have"},
	{"unknown log too many", 90, "ADE", "", "", without("E"), finding.Pass, "has", "has"},
	{"unknown log of too few", 181, "AD", "", "", without("D"), finding.Warn, "lacks 2 of 3", "lacks 2 of 3"},
	{"by TLS", 90, "", "AD", "", nil, finding.Pass, "has what it asks for: 2 logs of 2 operators with the handshake", "has"},
	{"by TLS, a long life", 390, "", "AD", "", nil, finding.Pass, "has", "has"},
	{"by TLS, one", 90, "", "A", "", nil, finding.Warn, "lacks 1 of 2 timestamps", "lacks 1 of 2 timestamps"},
	{"by TLS, one operator", 90, "", "AB", "", nil, finding.Warn, "lacks 1 of 2 operators", "has"},
	{"by TLS, retired since", 90, "", "AD", "", retired('A', now), finding.Warn, "lacks 1 of 2", "lacks 1 of 2"},
	{"by OCSP", 90, "", "", "AD", nil, finding.Warn, "lacks 2 of 2", "has"},
	{"one embedded, one by TLS", 90, "A", "D", "", nil, finding.Warn, "lacks 1 of 2", "has what it asks for: 2 logs of 2 operators with the handshake"},
	{"tiles alone", 90, "TU", "", "", nil, finding.Warn, "has", "lacks one of a log that serves RFC 6962"},
	{"tiles and RFC 6962", 90, "AT", "", "", nil, finding.Pass, "has", "has"},
	{"operators changed since", 90, "AD", "", "", func(l map[rune]*Log) {
		l['D'].Operator, l['D'].Previous = "One Inc.", []PreviousOperator{{"Two Inc.", now}}
	}, finding.Pass, "has", "has"},
	{"usable only later", 90, "AD", "", "", func(l map[rune]*Log) { l['D'].Since = now.Add(1) }, finding.Unknown, "may have", "may have"},
	{"retired only later", 90, "AD", "", "", retired('D', now.Add(1)), finding.Pass, "has", "has"},
}

func TestPoliciesCountAsTheirTablesSay(t *testing.T) {
	ca := authority(testKeys().ca)
	for _, c := range policyCases {
		list := policyList()
		if c.change != nil {
			c.change(list)
		}
		var logs []Log
		for _, log := range list {
			logs = append(logs, *log)
		}
		var embedded []testLog
		for _, letter := range c.embedded {
			embedded = append(embedded, policyLogs()[letter])
		}
		leaf := issue(template(c.days), ca)
		if embedded != nil {
			leaf = issueLogged(template(c.days), ca, made, embedded...)
		}
		sign := func(letters string) (scts [][]byte) {
			for _, letter := range letters {
				scts = append(scts, policyLogs()[letter].sign(made, 0, nil, leaf.Raw))
			}
			return scts
		}
		req := Request{Leaf: read(leaf), Issuer: read(ca), Time: now, Logs: known(logs...), TLS: sign(c.tls)}
		if c.ocsp != "" {
			req.OCSP = [][]byte{listOf(sign(c.ocsp)...)}
		}
		f := only(t, Check(req), finding.CTPolicy)
		chrome, apple, _ := strings.Cut(f.Message, "; Apple ")
		if f.Status != c.status || !strings.HasPrefix(chrome, "Chrome "+c.chrome) || !strings.HasPrefix(apple, c.apple) {
			t.Errorf("%s: %s: %s", c.name, f.Status, f.Message)
		}
		if (f.Status == finding.Warn) != (f.Severity == finding.Low) || f.Status == finding.Pass && f.Fix+f.Expected+f.Actual != "" {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
}

// Chromium compares notAfter minus notBefore with 180 days; for Apple the last second counts, too.
func TestTheLastSecondOfALifetimeCountsForAppleAlone(t *testing.T) {
	for _, c := range []struct {
		lifetime      time.Duration
		chrome, apple int
	}{{180*day - time.Second, 2, 2}, {180 * day, 2, 3}, {180*day + time.Second, 3, 3}} {
		chrome, apple := policies[0].demandFor(c.lifetime).logs, policies[1].demandFor(c.lifetime).logs
		if chrome != c.chrome || apple != c.apple {
			t.Errorf("%s: %d and %d", c.lifetime, chrome, apple)
		}
	}
}

func TestAnOldListLeavesPendingLogsOpenAndSaysHowOldItIs(t *testing.T) {
	req := ordinary(t)
	req.Logs.logs[0].State = StatePending
	req.Logs.Date = now.AddDate(0, 0, -71)
	f := only(t, Check(req), finding.CTPolicy)
	if f.Status != finding.Unknown || !strings.HasSuffix(f.Message, "(by a list of 2025-12-20, 71 days old)") {
		t.Errorf("%+v", f)
	}
	req.Logs.Date = now.AddDate(0, 0, -70)
	if f = only(t, Check(req), finding.CTPolicy); f.Status != finding.Warn || strings.Contains(f.Message, "old") {
		t.Errorf("%+v", f)
	}
}

func TestTimestampsThatFailDoNotCount(t *testing.T) {
	req := ordinary(t)
	req.Logs.logs[0].Key = policyLogs()['A'].spki()
	if f := only(t, Check(req), finding.CTPolicy); f.Status != finding.Warn {
		t.Errorf("%+v", f)
	}
	req = ordinary(t)
	req.Issuer = nil
	if f := only(t, Check(req), finding.CTPolicy); f.Status != finding.Unknown {
		t.Errorf("%+v", f)
	}
}
