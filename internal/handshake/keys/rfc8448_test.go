package keys

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// A traceItem is one value of RFC 8448.
type traceItem struct {
	section, actor, step, item string
	bytes                      []byte
}

type trace []traceItem

// rfc8448 reads the values of one section of RFC 8448.
func rfc8448(t testing.TB, section string) trace {
	t.Helper()
	data, err := os.ReadFile("testdata/rfc8448.txt")
	if err != nil {
		t.Fatal(err)
	}
	var tr trace
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if f[0] != section {
			continue
		}
		for len(f) < 5 {
			f = append(f, "")
		}
		tr = append(tr, traceItem{f[0], f[1], f[2], f[3], unhex(t, f[4])})
	}
	if len(tr) == 0 {
		t.Fatalf("no values of section %s", section)
	}
	return tr
}

// get returns the first value of an item whose step contains the given words, whoever computes it.
func (tr trace) get(t testing.TB, step, item string) []byte {
	t.Helper()
	for _, it := range tr {
		if strings.Contains(it.step, step) && it.item == item {
			return it.bytes
		}
	}
	t.Fatalf("no %q in %q", item, step)
	return nil
}

// by returns what one side computes or sends.
func (tr trace) by(actor string) trace {
	var out trace
	for _, it := range tr {
		if it.actor == actor {
			out = append(out, it)
		}
	}
	return out
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func equal(t testing.TB, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n got %x\nwant %x", what, got, want)
	}
}

func sum(t testing.TB, tr *Transcript, extra ...[]byte) []byte {
	t.Helper()
	b, err := tr.Sum(crypto.SHA256, extra...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryExpansionOfRFC8448IsReproduced(t *testing.T) {
	n := 0
	for _, section := range []string{"3", "4", "5", "6", "7"} {
		var prk, context, info, salt, ikm []byte
		for _, it := range rfc8448(t, section) {
			switch it.item {
			case "PRK":
				prk, context = it.bytes, nil
			case "hash":
				context = it.bytes
			case "info", "key info", "iv info":
				info = it.bytes
			case "salt":
				salt = it.bytes
			case "IKM":
				ikm = it.bytes
			case "secret":
				equal(t, section+" "+it.step, Extract(crypto.SHA256, salt, ikm), it.bytes)
				n++
			case "expanded", "key expanded", "iv expanded":
				if strings.Contains(it.item, " ") {
					context = nil
				}
				label := string(info[3+len(PrefixTLS13) : 3+info[2]])
				got, err := ExpandLabel(crypto.SHA256, prk, PrefixTLS13, label, context, len(it.bytes))
				if err != nil {
					t.Fatal(err)
				}
				equal(t, section+" "+it.step+" "+label, got, it.bytes)
				n++
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d derivations seen", n)
	}
}

func TestScheduleOfASimpleHandshakeIsThatOfRFC8448(t *testing.T) {
	tr := rfc8448(t, "3")
	s := TLS13(crypto.SHA256)
	transcript := NewTranscript(1 << 16)
	add := func(name string, from trace) {
		if err := transcript.Add(from.get(t, "construct a", name)); err != nil {
			t.Fatal(err)
		}
	}
	add("ClientHello", tr)
	add("ServerHello", tr)
	if err := transcript.Choose(crypto.SHA256); err != nil {
		t.Fatal(err)
	}
	early := s.Early(nil)
	equal(t, "early", early.Secret.Bytes, tr.get(t, `extract secret "early"`, "secret"))
	hs := early.Handshake(tr.get(t, `extract secret "handshake"`, "IKM"))
	equal(t, "handshake", hs.Secret.Bytes, tr.get(t, `extract secret "handshake"`, "secret"))
	chts, shts := hs.ClientTraffic(sum(t, transcript)), hs.ServerTraffic(sum(t, transcript))
	equal(t, "c hs traffic", chts.Bytes, tr.get(t, "c hs traffic", "expanded"))
	equal(t, "s hs traffic", shts.Bytes, tr.get(t, "s hs traffic", "expanded"))
	k := s.TrafficKeys(shts, 16, 12)
	equal(t, "server key", k.Key, tr.get(t, "write traffic keys for handshake", "key expanded"))
	equal(t, "server iv", k.IV, tr.get(t, "write traffic keys for handshake", "iv expanded"))

	add("EncryptedExtensions", tr)
	add("Certificate", tr)
	add("CertificateVerify", tr)
	equal(t, "server finished", s.VerifyData(shts, sum(t, transcript)), tr.get(t, "calculate finished", "finished"))
	add("Finished", tr.by("server"))

	master := hs.Master()
	equal(t, "master", master.Secret.Bytes, tr.get(t, `extract secret "master"`, "secret"))
	th := sum(t, transcript)
	equal(t, "c ap traffic", master.ClientTraffic(th).Bytes, tr.get(t, "c ap traffic", "expanded"))
	equal(t, "s ap traffic", master.ServerTraffic(th).Bytes, tr.get(t, "s ap traffic", "expanded"))
	equal(t, "exp master", master.Exporter(th).Bytes, tr.get(t, "exp master", "expanded"))
	equal(t, "client finished", s.VerifyData(chts, th), tr.by("client").get(t, "calculate finished", "finished"))
	add("Finished", tr.by("client"))
	res := master.Resumption(sum(t, transcript))
	equal(t, "res master", res.Bytes, tr.get(t, "res master", "expanded"))
	psk, err := s.ResumptionPSK(res, []byte{0, 0})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "psk", psk.Bytes, tr.get(t, "generate resumption secret", "expanded"))
}

func TestBinderAndEarlySecretsAreThoseOfRFC8448(t *testing.T) {
	tr := rfc8448(t, "4")
	s := TLS13(crypto.SHA256)
	early := s.Early(tr.get(t, `extract secret "early"`, "IKM"))
	equal(t, "early", early.Secret.Bytes, tr.get(t, `extract secret "early"`, "secret"))

	transcript := NewTranscript(1 << 16)
	if err := transcript.Choose(crypto.SHA256); err != nil {
		t.Fatal(err)
	}
	truncated := sum(t, transcript, tr.get(t, "PSK binder", "ClientHello prefix"))
	equal(t, "binder hash", truncated, tr.get(t, "PSK binder", "binder hash"))
	binderKey := early.BinderKey(ResumptionPSK)
	equal(t, "binder key", binderKey.Bytes, tr.get(t, "PSK binder", "PRK"))
	equal(t, "binder", s.VerifyData(binderKey, truncated), tr.get(t, "PSK binder", "finished"))

	prefix := tr.get(t, "PSK binder", "ClientHello prefix")
	binder := tr.get(t, "PSK binder", "finished")
	hello := append(append(append([]byte(nil), prefix...), 0, byte(len(binder)+1), byte(len(binder))), binder...)
	if err := transcript.Add(hello); err != nil {
		t.Fatal(err)
	}
	equal(t, "c e traffic", early.ClientTraffic(sum(t, transcript)).Bytes, tr.get(t, "c e traffic", "expanded"))
	equal(t, "e exp master", early.Exporter(sum(t, transcript)).Bytes, tr.get(t, "e exp master", "expanded"))
}

func TestRetryReplacesTheFirstHelloAsInRFC8448(t *testing.T) {
	for _, releaseFirst := range []bool{false, true} {
		tr := rfc8448(t, "5")
		var hellos, answers [][]byte
		for _, it := range tr {
			switch it.item {
			case "ClientHello":
				hellos = append(hellos, it.bytes)
			case "ServerHello": // the first one is the retry
				answers = append(answers, it.bytes)
			}
		}
		transcript := NewTranscript(1 << 16)
		for _, step := range []func() error{
			func() error { return transcript.Add(hellos[0]) },
			func() error { return transcript.Choose(crypto.SHA256) },
			func() error {
				if releaseFirst {
					transcript.Release()
				}
				return transcript.ReplaceFirstHello()
			},
			func() error { return transcript.Add(answers[0]) },
			func() error { return transcript.Add(hellos[1]) },
			func() error { return transcript.Add(answers[1]) },
		} {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		equal(t, "hash", sum(t, transcript), tr.get(t, "c hs traffic", "hash"))
		if !releaseFirst {
			if err := transcript.Choose(crypto.SHA256); err != nil {
				t.Fatal(err)
			}
			equal(t, "hash again", sum(t, transcript), tr.get(t, "c hs traffic", "hash"))
		}
	}
}
