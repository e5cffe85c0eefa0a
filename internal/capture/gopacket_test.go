package capture

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// recorded is a capture of dumpcap with two connections of openssl, one of TLS 1.3 and one of TLS 1.2, in good order, and its secrets.
func recorded(t *testing.T) (file, secrets []byte) {
	t.Helper()
	for name, to := range map[string]*[]byte{"two.pcapng": &file, "two.keylog": &secrets} {
		b, err := os.ReadFile(filepath.Join("..", "..", "cmd", "tlsprobe", "testdata", "captures", name))
		if err != nil {
			t.Fatal(err)
		}
		*to = b
	}
	return file, secrets
}

// utterance is what one side said in a row.
type utterance struct {
	dir  int
	data []byte
}

// conversations has gopacket read who said what, from a capture in good order. The first of each two ports is the client's.
func conversations(t *testing.T, file []byte) (all [][]utterance) {
	t.Helper()
	r, err := pcapgo.NewNgReader(bytes.NewReader(file), pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	number := make(map[layers.TCPPort]int)
	for {
		data, _, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		tcp := gopacket.NewPacket(data, r.LinkType(), gopacket.Default).Layer(layers.LayerTypeTCP).(*layers.TCP)
		if tcp.SYN && !tcp.ACK {
			number[tcp.SrcPort] = len(all)
			all = append(all, nil)
		}
		n, sent := number[tcp.SrcPort]
		dir := 0
		if !sent {
			n, dir = number[tcp.DstPort], 1
		}
		if len(tcp.Payload) > 0 {
			all[n] = append(all[n], utterance{dir, bytes.Clone(tcp.Payload)})
		}
	}
}

// segmented cuts a conversation into segments, each acknowledging all that was said before it.
func segmented(r *rand.Rand, all []utterance) (whole [2][]byte, list []flow) {
	seq := [2]uint32{r.Uint32(), r.Uint32()}
	put := func(dir int, flags uint8, data []byte) {
		f := flow{dir, segment{seq: seq[dir], ack: seq[1-dir], flags: flags, data: data}}
		if flags&flagACK == 0 {
			f.ack = 0
		}
		list = append(list, f)
		seq[dir] += uint32(len(data))
		if flags&(flagSYN|flagFIN) != 0 {
			seq[dir]++
		}
	}
	put(0, flagSYN, nil)
	put(1, flagSYN|flagACK, nil)
	most := 1 + r.IntN(1400)
	for _, s := range all {
		whole[s.dir] = append(whole[s.dir], s.data...)
		for rest := s.data; len(rest) > 0; {
			n := min(len(rest), 1+r.IntN(most))
			put(s.dir, flagACK, rest[:n])
			rest = rest[n:]
		}
	}
	put(0, flagFIN|flagACK, nil)
	put(1, flagFIN|flagACK, nil)
	return whole, list
}

// packed makes packets of a conversation that has come by a bad way: what is sent again may come in fragments of IP.
func packed(t *testing.T, r *rand.Rand, s *stack, all []utterance) (packets [][]byte, fragments int) {
	t.Helper()
	whole, list := segmented(r, all)
	for _, f := range disturb(r, list, whole) {
		if len(f.data) > 0 && r.IntN(12) == 0 {
			for _, p := range s.fragments(t, r, &f) {
				packets = append(packets, p)
				fragments++
			}
		}
		packets = append(packets, s.packet(t, r, &f))
	}
	return packets, fragments
}

// tells decodes a stream of a capture, and writes down all that is told of TLS: the client's, the server's and what neither said, each
// in its order, with bytes in the place of buffers, without times.
func tells(t *testing.T, file, secrets []byte, number int) ([]string, Stats) {
	t.Helper()
	log := new(KeyLog)
	log.Add(secrets)
	var streams []*Stream
	d := NewDecoder(DecodeConfig{Secrets: log, Stream: &number, Done: func(s *Stream) { streams = append(streams, s) }})
	if err := d.Read(bytes.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	if len(streams) != 1 || !streams[0].Whole {
		t.Fatalf("%d streams were decoded, of %+v", len(streams), d.Stats())
	}
	var lists [3][]string
	tr := streams[0].Trace
	for _, e := range tr.Events {
		if _, odd := e.Detail.(*trace.Segment); odd || e.Kind == "connected" {
			continue
		}
		at := slices.Index([]trace.Dir{trace.Sent, trace.Received}, e.Dir) + 1
		lists[at] = append(lists[at], timeless(t, e, tr.Buffers))
	}
	slices.Sort(lists[0]) // a check is made when the last of what it needs has come, of either side
	return append(slices.Concat(lists[:]...), string(tr.Outcome)), d.Stats()
}

// timeless writes down an event without its number and time.
func timeless(t *testing.T, e *trace.Event, buffers []*trace.Buffer) string {
	t.Helper()
	content := func(id int) string {
		at := slices.IndexFunc(buffers, func(b *trace.Buffer) bool { return b.ID == id })
		if at < 0 {
			return "none"
		}
		return base64.StdEncoding.EncodeToString(buffers[at].Bytes)
	}
	var m map[string]any
	if err := json.Unmarshal(e.Append(nil), &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "n")
	delete(m, "t_ms")
	if e.Buf != nil {
		m["buf"] = content(e.Buf.ID)
	}
	if d, ok := m["detail"].(map[string]any); ok && d["plaintext"] != nil {
		d["plaintext"] = content(int(d["plaintext"].(float64)))
	}
	findings, _ := m["findings"].([]any)
	for _, f := range findings {
		if where, ok := f.(map[string]any)["where"].(map[string]any); ok {
			delete(where, "event")
		}
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestASessionIsTheSameUnderEveryStackOfGopacket(t *testing.T) {
	file, secrets := recorded(t)
	all := conversations(t, file)
	if len(all) != 2 {
		t.Fatalf("%d conversations", len(all))
	}
	var want [2][]string
	for i := range want {
		want[i], _ = tells(t, file, secrets, i)
		if !strings.Contains(strings.Join(want[i], "\n"), `"application_data"`) {
			t.Fatal("no data is decrypted")
		}
	}
	seed := uint64(0)
	for _, u := range unders {
		for _, o := range overs {
			for _, c := range containers {
				seed++
				r := rand.New(rand.NewPCG(seed, 3))
				which := int(seed % 2)
				s := &stack{u, o, [2]layers.TCPPort{50000, 443}}
				packets, fragments := packed(t, r, s, all[which])
				var out bytes.Buffer
				c.write(t, &out, u.link, packets, func(i int) time.Time { return time.Unix(1_800_000_000, int64(i)*1_000_000) })
				got, stats := tells(t, out.Bytes(), secrets, 0)
				where := u.name + ", " + o.name + ", " + c.name
				if !slices.Equal(got, want[which]) {
					differ(t, where, got, want[which])
				}
				if stats.Packets != len(packets) || stats.Fragments != fragments || stats.Malformed+stats.Foreign != 0 || stats.Connections != 1 {
					t.Errorf("%s: %+v, of %d packets and %d fragments", where, stats, len(packets), fragments)
				}
			}
		}
	}
}

// differ tells what one list has and the other has not.
func differ(t *testing.T, where string, got, want []string) {
	t.Helper()
	for _, c := range []struct {
		what string
		a, b []string
	}{{"more", got, want}, {"less", want, got}} {
		rest := slices.Clone(c.b)
		for _, line := range c.a {
			if at := slices.Index(rest, line); at >= 0 {
				rest = slices.Delete(rest, at, at+1)
			} else {
				t.Errorf("%s: %s: %.300s", where, c.what, line)
			}
		}
	}
	t.Errorf("%s: it differs", where)
}

func TestMixedSessionsOfGopacketAreToldApart(t *testing.T) {
	file, secrets := recorded(t)
	all := conversations(t, file)
	var want [2][]string
	for i := range want {
		want[i], _ = tells(t, file, secrets, i)
	}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 4))
		u, c := unders[r.IntN(len(unders))], containers[r.IntN(len(containers))]
		var packets [2][][]byte
		for i := range packets {
			s := &stack{u, overs[r.IntN(len(overs))], [2]layers.TCPPort{layers.TCPPort(50000 + i), 443}}
			packets[i], _ = packed(t, r, s, all[i])
		}
		mixed := packets[0][:1:1] // the first is first, so that it has the number 0
		packets[0] = packets[0][1:]
		for len(packets[0])+len(packets[1]) > 0 {
			i := r.IntN(2)
			if len(packets[i]) == 0 {
				i = 1 - i
			}
			mixed, packets[i] = append(mixed, packets[i][0]), packets[i][1:]
		}
		var out bytes.Buffer
		c.write(t, &out, u.link, mixed, func(i int) time.Time { return time.Unix(1_800_000_000, int64(i)*1_000_000) })
		for i := range want {
			got, _ := tells(t, out.Bytes(), secrets, i)
			if !slices.Equal(got, want[i]) {
				differ(t, u.name+", "+c.name, got, want[i])
			}
		}
	}
}
