package record

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// frame feeds a stream in pieces of the lengths given, over and over, and drains each. The piece is
// overwritten once Next has said that it may be.
func frame(f *Framer, stream []byte, pieces ...int) []Record {
	var out []Record
	for i := 0; len(stream) > 0; i++ {
		n := min(len(stream), max(1, pieces[i%len(pieces)]))
		piece := bytes.Clone(stream[:n])
		stream = stream[n:]
		f.Feed(piece)
		for {
			r, ok := f.Next()
			if !ok {
				break
			}
			r.Raw = bytes.Clone(r.Raw)
			out = append(out, r)
		}
		for j := range piece {
			piece[j] = 0xaa
		}
	}
	return out
}

// FuzzFramingInPiecesIsFramingAtOnce holds any chunking against the stream taken as one piece, and
// the records against the stream itself.
func FuzzFramingInPiecesIsFramingAtOnce(f *testing.F) {
	f.Add([]byte("\x16\x03\x01\x00\x02hi\x17\x03\x03\x00\x00\x15\x03\x03\x00\x02\x02\x28"), byte(1), byte(3), 0, false)
	f.Add([]byte("\x16\x03\x01\xff\xff"), byte(2), byte(2), 0, true)
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n"), byte(5), byte(1), 100, false)
	f.Fuzz(func(t *testing.T, stream []byte, a, b byte, limit int, over bool) {
		limit &= MaxLength
		whole, pieces := NewFramer(limit, over), NewFramer(limit, over)
		want := frame(whole, stream, len(stream))
		got := frame(pieces, stream, int(a), int(b))
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("in pieces %v, at once %v", got, want)
		}
		if whole.Offset() != pieces.Offset() || whole.Missing() != pieces.Missing() || !reflect.DeepEqual(whole.Err(), pieces.Err()) {
			t.Fatal("the framers end in different states")
		}
		var joined []byte
		for i, r := range want {
			if int(r.Offset) != len(joined) {
				t.Fatalf("record %d at %d, want %d", i, r.Offset, len(joined))
			}
			if len(r.Raw) != HeaderLen+r.Header.Length {
				if whole.Err() == nil || i != len(want)-1 {
					t.Fatalf("record %d is not whole", i)
				}
				continue
			}
			joined = append(joined, r.Raw...)
		}
		if whole.Err() == nil {
			if joined = append(joined, pieces.Rest()...); !bytes.Equal(joined, stream) {
				t.Fatal("records and rest are not the stream")
			}
		}
	})
}

func TestRecordsFedByteByByteComeWholeWithTheirPlace(t *testing.T) {
	stream := []byte("\x16\x03\x01\x00\x03abc\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x02")
	var f Framer
	got := frame(&f, stream, 1)
	if len(got) != 2 || string(got[0].Payload()) != "abc" || got[0].Offset != 0 || got[1].Offset != 8 ||
		got[1].Header.Type != iana.ChangeCipherSpec || got[0].Anomalies != nil {
		t.Errorf("records %+v", got)
	}
	if f.Missing() != 2 || f.Buffered() != 5 || f.Offset() != 14 {
		t.Errorf("missing %d, buffered %d, offset %d", f.Missing(), f.Buffered(), f.Offset())
	}
	if !bytes.Equal(f.Rest(), stream[14:]) {
		t.Errorf("rest %x", f.Rest())
	}
}

func TestRecordWithinOnePieceIsNotCopied(t *testing.T) {
	piece := []byte("\x16\x03\x01\x00\x03abc\x16\x03\x01\x00\x03def")
	var f Framer
	f.Feed(piece)
	for i := range 2 {
		r, ok := f.Next()
		if !ok || &r.Raw[0] != &piece[8*i] {
			t.Errorf("record %d does not alias the piece", i)
		}
		if cap(r.Raw) != len(r.Raw) {
			t.Errorf("appending to record %d would overwrite what follows", i)
		}
	}
	if n := testing.AllocsPerRun(100, func() { f.Feed(piece); f.Next(); f.Next(); f.Next() }); n != 0 {
		t.Errorf("%v allocations for records within a piece", n)
	}
}

func TestPiecesThatAreNotDrainedAreJoined(t *testing.T) {
	var f Framer
	for _, b := range []byte("\x16\x03\x01\x00\x01a\x16\x03\x01\x00\x01b") {
		f.Feed([]byte{b})
	}
	a, _ := f.Next()
	b, ok := f.Next()
	if !ok || string(a.Payload())+string(b.Payload()) != "ab" {
		t.Errorf("records %+v, %+v", a, b)
	}
}

func TestOddHeadersAreReportedAndFramingGoesOn(t *testing.T) {
	cases := []struct {
		header string
		want   []Anomaly
	}{
		{"\x16\x03\x01\x00\x01", nil},
		{"\x63\x03\x03\x00\x01", []Anomaly{{Kind: UnknownType, Actual: 99}}},
		{"\x16\x03\x04\x00\x01", []Anomaly{{Kind: OddVersion, Actual: 0x0304}}},
		{"\x16\x02\x00\x00\x01", []Anomaly{{Kind: OddVersion, Actual: 0x0200}}},
		{"\x16\x03\x03\x00\x00", []Anomaly{{Kind: ZeroLength}}},
		{"\x17\x03\x03\x48\x01", []Anomaly{{Kind: OverLong, Actual: 1<<14 + 2049, Limit: 1<<14 + 2048}}},
		{"\x00\x00\x00\xff\xff", []Anomaly{{Kind: UnknownType}, {Kind: OddVersion}, {Kind: OverLong, Actual: 65535, Limit: MaxCiphertext}}},
	}
	for _, c := range cases {
		h, err := ParseHeader([]byte(c.header))
		if err != nil {
			t.Fatal(err)
		}
		stream := append(append([]byte(c.header), make([]byte, h.Length)...), "\x15\x03\x03\x00\x02\x01\x00"...)
		got := frame(NewFramer(0, true), stream, 1000)
		if len(got) != 2 || !reflect.DeepEqual(got[0].Anomalies, c.want) || got[1].Anomalies != nil {
			t.Errorf("%x: %d records, anomalies %v, want %v", c.header, len(got), got[0].Anomalies, c.want)
		}
	}
}

func TestFramingStopsAtARecordAboveTheLimit(t *testing.T) {
	stream := []byte("\x17\x03\x03\x00\x02ok\x17\x03\x03\x40\x00and so on")
	f := NewFramer(MaxProtected(iana.TLS13, 512-1), false)
	got := frame(f, stream, 4)
	if len(got) != 2 || len(got[1].Raw) != HeaderLen || len(got[1].Anomalies) != 1 || got[1].Anomalies[0].Kind != OverLong {
		t.Fatalf("records %+v", got)
	}
	var e *Error
	if err := f.Err(); !errors.Is(err, TooLong) || !errors.As(err, &e) || e.Expected != 511+256 || e.Actual != 1<<14 || e.Alert() != 22 {
		t.Errorf("error %v", err)
	}
	if _, ok := f.Next(); ok {
		t.Error("a record after the error")
	}
	if f.Feed(make([]byte, 1000)); f.Buffered() > len(stream) {
		t.Error("bytes pile up behind an error")
	}
}

func TestFramerHoldsNoMoreThanWhatCame(t *testing.T) {
	var f Framer
	f.Feed([]byte("\x17\x03\x03\x48\x00"))
	f.Next()
	if cap(f.held) > 64 {
		t.Errorf("%d bytes set aside for a record that has not come", cap(f.held))
	}
}

func TestContentIsSplitAtTheLimit(t *testing.T) {
	content := []byte("0123456789")
	cases := []struct {
		content   []byte
		limit     int
		firstByte bool
		want      []string
	}{
		{content, 4, false, []string{"0123", "4567", "89"}},
		{content, 5, false, []string{"01234", "56789"}},
		{content, 0, false, []string{"0123456789"}},
		{content, 4, true, []string{"0", "1234", "5678", "9"}},
		{content[:1], 4, true, []string{"0"}},
		{nil, 4, true, []string{""}},
		{nil, 4, false, []string{""}},
	}
	for _, c := range cases {
		var got []string
		for f := range Split(c.content, c.limit, c.firstByte) {
			got = append(got, string(f))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q by %d: %q, want %q", c.content, c.limit, got, c.want)
		}
	}
	for f := range Split(make([]byte, 1<<15), 0, false) {
		if len(f) != 1<<14 {
			t.Errorf("fragment of %d bytes", len(f))
		}
		break
	}
}

func TestParseWantsExactlyOneRecord(t *testing.T) {
	raw := []byte("\x16\x03\x01\x00\x02hi")
	if r, err := Parse(raw); err != nil || string(r.Payload()) != "hi" || !bytes.Equal(r.Header.Append(nil), raw[:5]) {
		t.Errorf("%+v, %v", r, err)
	}
	for n := range raw {
		if _, err := Parse(raw[:n]); !errors.Is(err, TooShort) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := Parse(append(raw, 0)); !errors.Is(err, TooLong) {
		t.Errorf("one byte too many: %v", err)
	}
	if (Record{}).Payload() != nil {
		t.Error("a payload of nothing")
	}
}
