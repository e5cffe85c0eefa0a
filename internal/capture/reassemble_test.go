package capture

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// heard is a sink that writes down what it is told.
type heard struct {
	data  [2][]byte
	notes map[Anomaly]int
	gaps  [2]int
	ended [2]string
	order []byte // who spoke
}

func (h *heard) bytes(dir int, _ time.Time, b []byte) {
	h.data[dir] = append(h.data[dir], b...)
	h.order = append(h.order, byte('0'+dir))
}

func (h *heard) missing(dir int, _ time.Time, n int, why Anomaly) {
	h.gaps[dir] += n
	h.data[dir] = append(h.data[dir], bytes.Repeat([]byte{'?'}, n)...)
	h.notes[why]++
}

func (h *heard) note(_ int, _ time.Time, what Anomaly, _ int) { h.notes[what]++ }

func (h *heard) end(dir int, _ time.Time, reset bool) {
	h.ended[dir] = "fin"
	if reset {
		h.ended[dir] = "reset"
	}
}

// flow is segments of a conversation: data by the direction, each acknowledging all that was said before it.
type flow struct {
	dir int
	segment
}

// talk cuts what two sides say into segments.
func talk(r *rand.Rand, turns int) (want [2][]byte, list []flow) {
	isn := [2]uint32{r.Uint32(), r.Uint32()}
	seq := isn
	put := func(dir int, flags uint8, data []byte) {
		list = append(list, flow{dir, segment{seq: seq[dir], ack: seq[1-dir], flags: flags, data: data}})
		seq[dir] += uint32(len(data))
		if flags&(flagSYN|flagFIN) != 0 {
			seq[dir]++
		}
	}
	put(0, flagSYN, nil)
	put(1, flagSYN|flagACK, nil)
	for turn := range turns {
		said := make([]byte, 1+r.IntN(4000))
		for i := range said {
			said[i] = byte(r.IntN(256))
		}
		want[turn%2] = append(want[turn%2], said...)
		for len(said) > 0 {
			n := min(len(said), 1+r.IntN(700))
			put(turn%2, flagACK, said[:n])
			said = said[n:]
		}
	}
	put(0, flagFIN|flagACK, nil)
	put(1, flagFIN|flagACK, nil)
	return want, list
}

// disturb reorders segments behind the handshake, sends some again, and some again with other borders.
func disturb(r *rand.Rand, list []flow, whole [2][]byte) []flow {
	first := [2]uint32{list[0].seq + 1, list[1].seq + 1}
	var out []flow
	for _, f := range list[2:] {
		out = append(out, f)
		if len(f.data) == 0 {
			continue
		}
		switch r.IntN(6) {
		case 0:
			out = append(out, f)
		case 1: // again, from a little before to a little behind
			at := int(f.seq - first[f.dir])
			from, to := max(0, at-r.IntN(100)), min(said(list, f, first), at+len(f.data)+r.IntN(100))
			g := f
			g.seq, g.data = first[f.dir]+uint32(from), whole[f.dir][from:to]
			out = append(out, g)
		}
	}
	for rest := out; len(rest) > 0; { // none comes later than patience lasts
		n := min(len(rest), 1+r.IntN(40))
		r.Shuffle(n, func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
		rest = rest[n:]
	}
	return append(append([]flow{}, list[:2]...), out...)
}

// said is how far a side had come when it next had to wait for an answer: what it says then can't be in a segment of before.
func said(list []flow, f flow, first [2]uint32) (end int) {
	for _, g := range list {
		if g.dir == f.dir && g.ack == f.ack {
			end = max(end, ahead(g.seq, first[f.dir])+len(g.data))
		}
	}
	return end
}

func play(list []flow) *heard {
	h := &heard{notes: map[Anomaly]int{}}
	all := 0
	c := conversation{to: h, all: &all}
	for i := range list {
		s := list[i].segment
		s.data = bytes.Clone(s.data)
		c.add(list[i].dir, time.Unix(int64(i), 0), &s)
		for k := range s.data {
			s.data[k] = 0xee // it was lent
		}
	}
	c.settle()
	if all != 0 {
		panic(fmt.Sprintf("%d bytes still wait", all))
	}
	return h
}

func TestAStreamCutReorderedRepeatedAndOverlappedIsTheSame(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		want, list := talk(r, 1+r.IntN(8))
		h := play(disturb(r, list, want))
		for dir := range want {
			if !bytes.Equal(h.data[dir], want[dir]) {
				t.Fatalf("seed %d: direction %d: %d bytes came out of %d", seed, dir, len(h.data[dir]), len(want[dir]))
			}
			if h.ended[dir] != "fin" {
				t.Errorf("seed %d: direction %d ended %q", seed, dir, h.ended[dir])
			}
		}
		if h.gaps != [2]int{} {
			t.Errorf("seed %d: gaps of %v bytes", seed, h.gaps)
		}
	}
}

func TestALostSegmentIsAGapOfItsLength(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 2))
		want, list := talk(r, 2+r.IntN(6))
		lost := 2 + r.IntN(len(list)-4)
		dropped := list[lost]
		at := int(dropped.seq - list[dropped.dir].seq - 1)
		h := play(append(append([]flow{}, list[:lost]...), list[lost+1:]...))
		copy(want[dropped.dir][at:], bytes.Repeat([]byte{'?'}, len(dropped.data)))
		for dir := range want {
			if !bytes.Equal(h.data[dir], want[dir]) {
				t.Fatalf("seed %d: direction %d differs", seed, dir)
			}
		}
		if h.gaps[dropped.dir] != len(dropped.data) || h.gaps[1-dropped.dir] != 0 {
			t.Errorf("seed %d: gaps of %v bytes, want %d in direction %d", seed, h.gaps, len(dropped.data), dropped.dir)
		}
	}
}

func TestAnAnswerIsNotHeardBeforeWhatItAnswers(t *testing.T) {
	list := []flow{
		{0, segment{seq: 9, flags: flagSYN}},
		{1, segment{seq: 99, ack: 10, flags: flagSYN | flagACK}},
		{1, segment{seq: 100, ack: 15, flags: flagACK, data: []byte("answer")}},
		{0, segment{seq: 10, ack: 100, flags: flagACK, data: []byte("asked")}},
	}
	h := play(list)
	if string(h.order) != "01" {
		t.Errorf("the order is %s", h.order)
	}
}

func TestWhatIsOddAboutAStreamIsNamed(t *testing.T) {
	syn := []flow{{0, segment{seq: 9, flags: flagSYN}}}
	said := func(seq uint32, text string) flow { return flow{0, segment{seq: seq, data: []byte(text)}} }
	for name, c := range map[string]struct {
		list []flow
		want Anomaly
		data string
	}{
		"retransmission": {append(syn, said(10, "abc"), said(10, "abc")), Retransmission, "abc"},
		"overlap":        {append(syn, said(10, "abc"), said(11, "bcd")), Overlap, "abcd"},
		"reordering":     {append(syn, said(13, "def"), said(10, "abc")), Reordering, "abcdef"},
		"gap":            {append(syn, said(13, "def")), Gap, "???def"},
		"cut short":      {append(syn, flow{0, segment{seq: 10, data: []byte("a"), cut: 2}}, said(13, "d")), CutShort, "a??d"},
		"mid stream":     {[]flow{said(10, "abc")}, MidStream, "abc"},
	} {
		t.Run(name, func(t *testing.T) {
			h := play(c.list)
			if h.notes[c.want] != 1 || string(h.data[0]) != c.data {
				t.Errorf("%q with %v", h.data[0], h.notes)
			}
		})
	}
	if h := play(append(syn, said(10, "abc"), flow{0, segment{seq: 13, flags: flagRST}})); h.ended[0] != "reset" {
		t.Errorf("a reset is told as %q", h.ended[0])
	}
	if h := play(append(syn, said(10, "abc"), said(12, "c"), flow{0, segment{seq: 12, data: []byte("x")}})); string(h.data[0]) != "abc" {
		t.Errorf("what came first does not count: %q", h.data[0])
	}
}

func TestAResetBehindAnEndEndsTheOtherDirection(t *testing.T) {
	h := play([]flow{
		{0, segment{seq: 9, flags: flagSYN}},
		{1, segment{seq: 99, ack: 10, flags: flagSYN | flagACK}},
		{1, segment{seq: 100, ack: 10, flags: flagFIN | flagACK}},
		{0, segment{seq: 10, ack: 101, flags: flagACK, data: []byte("goodbye")}},
		{1, segment{seq: 101, flags: flagRST}},
	})
	if h.ended != [2]string{"reset", "fin"} || string(h.data[0]) != "goodbye" || h.notes[Reset] != 1 {
		t.Errorf("it ended as %q, with %q and %v", h.ended, h.data[0], h.notes)
	}
}

func TestWhatWaitsForAHoleIsBounded(t *testing.T) {
	all := 0
	h := &heard{notes: map[Anomaly]int{}}
	c := conversation{to: h, all: &all}
	c.add(0, time.Time{}, &segment{seq: 0, flags: flagSYN})
	most := 0
	for i := range uint32(20000) {
		c.add(0, time.Time{}, &segment{seq: 1000 + i*1000, data: make([]byte, 500)})
		most = max(most, all)
	}
	if most > maxWaitingBytes+500 {
		t.Errorf("%d bytes waited", most)
	}
	if h.notes[Gap] < 10000 {
		t.Errorf("%d gaps", h.notes[Gap])
	}
}

func FuzzReassemblyDeliversEachByteOnce(f *testing.F) {
	f.Add([]byte("\x00\x02\x00\x00\x00\x10\x03abc"))
	f.Fuzz(func(t *testing.T, in []byte) {
		all := 0
		h := &heard{notes: map[Anomaly]int{}}
		c := conversation{to: h, all: &all}
		for len(in) >= 6 {
			n := min(int(in[5]), len(in)-6)
			s := segment{seq: uint32(in[2])<<8 | uint32(in[3]), ack: uint32(in[4]) << 4, flags: in[1], data: in[6 : 6+n], cut: int(in[0] >> 5)}
			c.add(int(in[0]&1), time.Time{}, &s)
			in = in[6+n:]
		}
		c.settle()
		if all != 0 {
			t.Errorf("%d bytes still wait", all)
		}
	})
}
