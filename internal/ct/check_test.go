package ct

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// of returns the findings of one check.
func of(r Report, id finding.ID) (list []finding.Finding) {
	for _, f := range r.Findings {
		if f.ID == string(id) {
			list = append(list, f)
		}
	}
	return list
}

// only returns the one finding of a check.
func only(t *testing.T, r Report, id finding.ID) finding.Finding {
	t.Helper()
	list := of(r, id)
	if len(list) != 1 {
		t.Fatalf("%d findings of %s: %+v", len(list), id, list)
	}
	return list[0]
}

func TestEmbeddedTimestampsOfKnownLogsPass(t *testing.T) {
	req := ordinary(t)
	req.Where = finding.Where{Cert: &finding.Cert{Index: 3}}
	r := Check(req)
	scts := of(r, finding.CTSCTs)
	if len(scts) != 2 || len(r.SCTs) != 2 {
		t.Fatalf("%+v", r)
	}
	for i, f := range scts {
		if f.Status != finding.Pass || f.Severity != finding.None || f.Where.Cert.Index != 3 || r.SCTs[i].Status != finding.Pass {
			t.Errorf("%+v, %+v", f, r.SCTs[i])
		}
	}
	if want := "A (A Inc., usable), 2026-02-09T12:00:00.000Z, embedded, signature valid"; scts[0].Message != want {
		t.Errorf("got  %s\nwant %s", scts[0].Message, want)
	}
	if f := only(t, r, finding.CTPolicy); f.Status != finding.Pass {
		t.Errorf("%+v", f)
	}
}

func TestTimestampsBesideTheCertificatePass(t *testing.T) {
	k := testKeys()
	ca := authority(k.ca)
	leaf := issue(template(90), ca)
	a, b := testLog{key: k.log}, testLog{key: k.rsaLog}
	at := now.Add(-time.Hour)
	sctA, sctB := a.sign(at, 0, nil, leaf.Raw), b.sign(at, 0, nil, leaf.Raw)
	// The issuer isn't needed: its key isn't signed here.
	req := Request{Leaf: read(leaf), Time: now, Logs: known(a.listed("A"), b.listed("B"))}
	for name, with := range map[string]func(*Request){
		"in the TLS extension": func(r *Request) { r.TLS = [][]byte{sctA, sctB} },
		"in the OCSP response": func(r *Request) { r.OCSP = [][]byte{listOf(sctA, sctB)} },
	} {
		r := req
		with(&r)
		scts := of(Check(r), finding.CTSCTs)
		if len(scts) != 2 {
			t.Fatalf("%s: %+v", name, scts)
		}
		for _, f := range scts {
			if f.Status != finding.Pass || !strings.Contains(f.Message, name) {
				t.Errorf("%s: %+v", name, f)
			}
		}
	}
}

func TestSCTWithAFlippedBitAnywhereFails(t *testing.T) {
	k := testKeys()
	leaf := issue(template(90), authority(k.ca))
	l := testLog{key: k.log, extensions: []byte{0, 0, 5, 0, 0, 0, 1, 2}}
	sct := l.sign(now.Add(-time.Hour), 0, nil, leaf.Raw)
	req := Request{Leaf: read(leaf), Time: now, Logs: known(l.listed("A"))}
	const covered = 1 + 32 // after version and log_id
	for bit := range 8 * len(sct) {
		flipped := bytes.Clone(sct)
		flipped[bit/8] ^= 1 << (bit % 8)
		req.TLS = [][]byte{flipped}
		want := finding.Fail
		if bit/8 < covered { // another version, or the timestamp of another log, which isn't known
			want = finding.Unknown
		}
		if f := only(t, Check(req), finding.CTSCTs); f.Status != want {
			t.Errorf("bit %d of byte %d: %+v", bit%8, bit/8, f)
		}
	}
}

func TestCertificateWithAFlippedBitAnywhereFails(t *testing.T) {
	req := ordinary(t)
	der := req.Leaf.Raw
	tbs := bytes.Index(der, req.Leaf.RawTBS)
	// The extension with the timestamps is what logs can't have signed: its own bytes are the other test's.
	list, _ := req.Leaf.Extension(cert.ExtSCTList)
	for i := tbs; i < tbs+len(req.Leaf.RawTBS); i++ {
		if i >= list.RawOff && i < list.RawOff+len(list.Raw) {
			continue
		}
		flipped := bytes.Clone(der)
		flipped[i] ^= 1 << (i % 8)
		req.Leaf, _ = cert.Parse(flipped)
		for _, v := range Check(req).SCTs {
			if v.Status == finding.Pass || v.Status == finding.Warn {
				t.Errorf("byte %d: %s", i, v.Status)
			}
		}
	}
}

// verdicts of single timestamps; each changes the ordinary request, whose first timestamp is looked at.
var verdicts = []struct {
	name   string
	change func(*Request)
	status finding.Status
	says   string
}{
	{"nothing changed", func(*Request) {}, finding.Pass, "signature valid"},
	{"unknown log", func(r *Request) { r.Logs = known() }, finding.Unknown, "isn't in the list"},
	{"no issuer", func(r *Request) { r.Issuer = nil }, finding.Unknown, "issuer isn't known"},
	{"another issuer", func(r *Request) { r.Issuer = read(authority(testKeys().other)) }, finding.Unknown, "what is taken for its issuer"},
	{"in the future", func(r *Request) { r.Time = now.AddDate(0, 0, -21) }, finding.Fail, "in the future"},
	{"the very millisecond", func(r *Request) { r.Time = now.AddDate(0, 0, -20) }, finding.Pass, ""},
	{"retired log", func(r *Request) { r.Logs.logs[0].State = StateRetired }, finding.Pass, "retired since 2025-03-01"},
	{"before its state", func(r *Request) { r.Logs.logs[0].Since = now.Add(1) }, finding.Pass, "usable later, since 2026-03-01"},
	{"log for tests", func(r *Request) { r.Logs.logs[0].Kind = KindTest }, finding.Pass, "a log for tests"},
	{"old list", func(r *Request) { r.Logs.Date = now.AddDate(0, 0, -71) }, finding.Pass, "usable on 2025-12-20"},
	{"old list, unknown log", func(r *Request) { *r.Logs = Logs{Date: now.AddDate(0, 0, -71)} }, finding.Unknown, "isn't in the list of 2025-12-20, 71 days old"},
	{"another shard", func(r *Request) { r.Logs.logs[0].To = now }, finding.Pass, "isn't for certificates that end when"},
	{"tiled log without leaf index", func(r *Request) { r.Logs.logs[0].Tiled = true }, finding.Warn, "leaf_index"},
	{"key of another log", func(r *Request) { r.Logs.logs[0].Key = r.Logs.logs[1].Key }, finding.Fail, "isn't for ECDSA"},
	{"key that is none", func(r *Request) { r.Logs.logs[0].Key = []byte{1} }, finding.Unknown, "the log's key"},
	{"made after the log was retired", func(r *Request) {
		r.Logs.logs[0].State, r.Logs.logs[0].Since = StateRetired, now.AddDate(0, 0, -20)
	}, finding.Pass, "; it was made after the log had stopped"},
	{"operator until now", func(r *Request) {
		r.Logs.logs[0].Previous = []PreviousOperator{{"Old Inc.", now}}
	}, finding.Pass, "A (Old Inc., usable)"},
}

func TestVerdictsOfSingleTimestamps(t *testing.T) {
	for _, v := range verdicts {
		req := ordinary(t)
		v.change(&req)
		f := of(Check(req), finding.CTSCTs)[0]
		if f.Status != v.status || !strings.Contains(f.Message, v.says) {
			t.Errorf("%s: %+v", v.name, f)
		}
		if (f.Status == finding.Fail || f.Status == finding.Warn) != (f.Severity != finding.None) {
			t.Errorf("%s: severity %d", v.name, f.Severity)
		}
	}
}

func TestTimestampOfThePrecertificateSentByTLSIsNamedAsSuch(t *testing.T) {
	req := ordinary(t)
	list, _ := req.Leaf.SCTList()
	scts, err := SplitList(list)
	if err != nil {
		t.Fatal(err)
	}
	req.TLS = scts[:1]
	last := Check(req).SCTs[2]
	if last.Status != finding.Fail || !strings.Contains(last.Reason, "precertificate") {
		t.Errorf("%+v", last)
	}
}

func TestTiledLogsLeafIndexIsShown(t *testing.T) {
	k := testKeys()
	leaf := issue(template(90), authority(k.ca))
	// An extension that nobody knows, then leaf_index 0x0102030405.
	l := testLog{key: k.log, extensions: []byte{9, 0, 1, 7, 0, 0, 5, 1, 2, 3, 4, 5}}
	log := l.listed("A")
	log.Tiled = true
	r := Check(Request{Leaf: read(leaf), Time: now, Logs: known(log), TLS: [][]byte{l.sign(now, 0, nil, leaf.Raw)}})
	if f := only(t, r, finding.CTSCTs); f.Status != finding.Pass || !strings.HasSuffix(f.Message, "leaf index 4328719365") {
		t.Errorf("%+v", f)
	}
	list, err := r.SCTs[0].SCT.ParseExtensions()
	if err != nil || len(list) != 2 || list[0].Type != 9 || string(list[0].Data) != "\x07" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestExtensionsOfAnotherFormDoNotMakeATimestampWrong(t *testing.T) {
	k := testKeys()
	leaf := issue(template(90), authority(k.ca))
	for _, extensions := range []string{"x", "\x00\x00\x04abcd", "\x00\x00\x05abcde\x00\x00\x05abcde", "\x00\xff\xff"} {
		l := testLog{key: k.log, extensions: []byte(extensions)}
		r := Check(Request{Leaf: read(leaf), Time: now, Logs: known(l.listed("A")), TLS: [][]byte{l.sign(now, 0, nil, leaf.Raw)}})
		if f := only(t, r, finding.CTSCTs); f.Status != finding.Pass || strings.Contains(f.Message, "leaf index") {
			t.Errorf("%q: %+v", extensions, f)
		}
	}
}

func TestNoTimestampsAtAllIsInfo(t *testing.T) {
	leaf := issue(template(90), authority(testKeys().ca))
	r := Check(Request{Leaf: read(leaf), Time: now})
	if f := only(t, r, finding.CTSCTs); f.Status != finding.Info || f.Severity != finding.None {
		t.Errorf("%+v", f)
	}
	if f := only(t, r, finding.CTPolicy); f.Status != finding.Skip || f.Message == "" {
		t.Errorf("%+v", f)
	}
	r = Check(Request{})
	if only(t, r, finding.CTSCTs).Status != finding.Unknown || only(t, r, finding.CTPolicy).Status != finding.Unknown {
		t.Errorf("%+v", r)
	}
}

func TestMalformedListsAreReported(t *testing.T) {
	ca := authority(testKeys().ca)
	good := testLog{key: testKeys().log}
	at := now.Add(-time.Hour)
	for name, value := range map[string][]byte{
		"not an OCTET STRING": {0x30, 0},
		"empty":               {},
		"empty list":          {4, 2, 0, 0},
		"cut":                 {4, 5, 0, 9, 0, 1, 7},
		"after the list":      append([]byte{4, 6}, 0, 3, 0, 1, 0, 9),
		"after the string":    append([]byte{4, 5, 0, 3, 0, 1, 0}, 9),
		"an empty timestamp":  {4, 4, 0, 2, 0, 0},
	} {
		extension := sctExtension(nil)
		extension.Value = value
		leaf := issue(template(90), ca, extension)
		r := Check(Request{Leaf: read(leaf), Issuer: read(ca), Time: now, Logs: known(good.listed("A")),
			TLS: [][]byte{good.sign(at, 0, nil, leaf.Raw)}})
		list := of(r, finding.CTSCTs)
		if list[0].Status != finding.Fail || !strings.Contains(list[0].Message, "embedded") {
			t.Errorf("%s: %+v", name, list)
		}
		if last := list[len(list)-1]; last.Status != finding.Pass {
			t.Errorf("%s: the timestamp beside it: %+v", name, last)
		}
	}
}

func TestManyTimestampsAreBounded(t *testing.T) {
	k := testKeys()
	leaf := issue(template(90), authority(k.ca))
	l := testLog{key: k.log}
	wrong := l.sign(now, 0, nil, []byte("another"))
	req := Request{Leaf: read(leaf), Time: now, Logs: known(l.listed("A"))}
	for range 1000 {
		req.TLS = append(req.TLS, wrong)
	}
	r := Check(req)
	list := of(r, finding.CTSCTs)
	if len(r.SCTs) != maxSCTs || len(list) != maxPerStatus+2 {
		t.Fatalf("%d timestamps, %d findings", len(r.SCTs), len(list))
	}
	if m := list[maxPerStatus].Message; list[maxPerStatus].Status != finding.Fail || m != "24 more timestamps like the 8 above" {
		t.Errorf("%+v", list[maxPerStatus])
	}
	if f := list[maxPerStatus+1]; f.Status != finding.Unknown || !strings.HasPrefix(f.Message, "968 more timestamps weren't") {
		t.Errorf("%+v", f)
	}
}
