package record

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var aes128gcm13 = iana.SuiteParams{Cipher: iana.CipherAES128GCM, MAC: iana.MACAEAD, Hash: iana.HashSHA256}

// rfc8448Keys are the traffic keys of RFC 8448, Section 3.
func rfc8448Keys(t testing.TB) map[string]Keys {
	k := func(key, iv string) Keys { return Keys{Key: unhex(t, key), IV: unhex(t, iv)} }
	return map[string]Keys{
		"server handshake":   k("3fce516009c21727d0f2e4e86ee403bc", "5d313eb2671276ee13000b30"),
		"client handshake":   k("dbfaa693d1762c5b666af5d950258d01", "5bd3c71b836e0b76bb73265f"),
		"server application": k("9f02283b6c9c07efc26bb9f2ac92e356", "cf782b88dd83549aadf1e984"),
		"client application": k("17422dda596ed5d9acd890e3c63f5051", "5b78923dee08579033e523d9"),
	}
}

type vectorRecord struct {
	epoch string
	raw   []byte
}

func rfc8448Records(t testing.TB) []vectorRecord {
	text, err := os.ReadFile("testdata/rfc8448-section3.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []vectorRecord
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		switch {
		case len(f) != 3 || f[0] == "#":
		case strings.HasSuffix(f[1], "+"): // goes on with the last record
			last := &out[len(out)-1]
			last.raw = append(last.raw, unhex(t, f[2])...)
		default:
			out = append(out, vectorRecord{f[0] + " " + f[1], unhex(t, f[2])})
		}
	}
	return out
}

func TestEveryProtectedRecordOfRFC8448OpensAndSealsToItself(t *testing.T) {
	keys := rfc8448Keys(t)
	reads, writes := map[string]*ReadState{}, map[string]*WriteState{}
	for epoch, k := range keys {
		var err error
		if reads[epoch], err = NewReadState(iana.TLS13, aes128gcm13, k, false); err != nil {
			t.Fatal(err)
		}
		if writes[epoch], err = NewWriteState(iana.TLS13, aes128gcm13, k, false, nil); err != nil {
			t.Fatal(err)
		}
	}
	count := make([]byte, 50)
	for i := range count {
		count[i] = byte(i)
	}
	want := []struct {
		typ  iana.ContentType
		len  int
		head string // the plaintext begins so
		tail string // and ends so
	}{
		{iana.Handshake, 657, "080000240022000a", "140000209b9b141d906337fbd2cbdce71df4deda4ab42c309572cb7fffee5454b78f0718"},
		{iana.Handshake, 36, "14000020a8ec436d677634ae525ac1fcebe11a039ec17694fac6e98527b642f2edd5ce61", ""},
		{iana.Handshake, 205, "040000c90000001e", "00"},
		{iana.ApplicationData, 50, hex.EncodeToString(count), ""},
		{iana.ApplicationData, 50, hex.EncodeToString(count), ""},
		{iana.Alert, 2, "0100", ""},
		{iana.Alert, 2, "0100", ""},
	}
	records := rfc8448Records(t)
	if len(records) != len(want) {
		t.Fatalf("%d records, want %d", len(records), len(want))
	}
	for i, v := range records {
		r, err := Parse(v.raw)
		if err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
		o, err := reads[v.epoch].Open(nil, r)
		if err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
		w := want[i]
		if o.Type != w.typ || len(o.Plaintext) != w.len ||
			!bytes.HasPrefix(o.Plaintext, unhex(t, w.head)) || !bytes.HasSuffix(o.Plaintext, unhex(t, w.tail)) {
			t.Errorf("record %d: type %d, %d bytes, %x", i, o.Type, len(o.Plaintext), o.Plaintext)
		}
		sealed, err := writes[v.epoch].Seal(nil, o.Type, iana.TLS12, o.Plaintext, o.Padding)
		if err != nil || !bytes.Equal(sealed, v.raw) {
			t.Errorf("record %d seals to %x, %v", i, sealed, err)
		}
	}
}
