package ct

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestListsAreSplitAsTheRFCHasThem(t *testing.T) {
	for _, c := range []struct {
		list string
		want []string
		says string // empty: no error
	}{
		{"\x00\x03\x00\x01a", []string{"a"}, ""},
		{"\x00\x07\x00\x01a\x00\x02bc", []string{"a", "bc"}, ""},
		{"", nil, "sct_list"},
		{"\x00", nil, "sct_list"},
		{"\x00\x00", nil, "sct_list.length at byte 0: expected 1 to 65535 bytes"},
		{"\x00\x02\x00\x00", nil, "serialized_sct.length at byte 2: expected 1 to 65535 bytes"},
		{"\x00\x09\x00\x01a", []string{"a"}, "sct_list.length at byte 0: expected at most 3 bytes, found 9 bytes"},
		{"\x00\x03\x00\x09a", []string{"a"}, "serialized_sct.length at byte 2: expected at most 1 byte, found 9 bytes"},
		{"\x00\x04\x00\x01ab", []string{"a"}, "byte 5"},
		{"\x00\x03\x00\x01ab", []string{"a"}, "at byte 5: expected nothing more"},
	} {
		got, err := SplitList([]byte(c.list))
		if len(got) != len(c.want) {
			t.Errorf("%q: %q, %v", c.list, got, err)
			continue
		}
		for i := range got {
			if string(got[i]) != c.want[i] {
				t.Errorf("%q: %q", c.list, got)
			}
		}
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v", c.list, err)
		}
	}
}

func TestTimestampCutAnywhereIsMalformed(t *testing.T) {
	sct := testLog{key: testKeys().log, extensions: []byte{1, 2}}.sign(now, 0, nil, []byte("x"))
	whole, err := Parse(sct)
	if err != nil || whole.LogID != (testLog{key: testKeys().log}).id() || !whole.Time().Equal(now) || string(whole.Extensions) != "\x01\x02" {
		t.Fatalf("%+v, %v", whole, err)
	}
	for n := range sct {
		var format *FormatError
		if _, err := Parse(sct[:n]); !errors.As(err, &format) || format.Diagnostic.Off > n {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := Parse(append(bytes.Clone(sct), 0)); err == nil {
		t.Error("a byte too many")
	}
}

func TestTimestampOfAnotherVersionIsNotRead(t *testing.T) {
	if s, err := Parse([]byte{1, 2, 3}); !errors.Is(err, ErrVersion) || s.Version != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestTimesBeyondAllCalendarsStayInIt(t *testing.T) {
	s := SCT{Timestamp: 1<<64 - 1}
	if got := s.Time(); got.Year() != 9999 || got.Location() != time.UTC {
		t.Error(got)
	}
}
