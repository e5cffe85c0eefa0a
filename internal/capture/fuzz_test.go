package capture

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func FuzzReaderHoldsWhatItIsGiven(f *testing.F) {
	le := binary.LittleEndian
	f.Add(joined(sectionOf(le), interfaceOf(le, 1), packetOf(le, 0, 9, []byte("abc"), 3)))
	f.Add(append([]byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0}, make([]byte, 16)...))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			return
		}
		var b Block
		for r.Next(&b) == nil {
			if len(b.Packet.Data) > len(file) || len(b.Secrets) > len(file) || cap(r.buf) > 2*len(file)+(64<<10) {
				t.Fatalf("%d bytes of a file of %d", len(b.Packet.Data)+len(b.Secrets), len(file))
			}
		}
	})
}

func FuzzPacketsOfAnyKind(f *testing.F) {
	f.Add(uint16(LinkRaw), ip4(tcpTo))
	f.Add(uint16(LinkRaw), ip6(6, tcpTo))
	f.Add(uint16(LinkCooked2), joined([]byte{8, 0}, make([]byte, 18), ip4(tcpTo)))
	f.Fuzz(func(t *testing.T, link uint16, data []byte) {
		var s segment
		if s.parse(&Packet{Link: LinkType(link), Data: data}) == isTCP && (len(s.data) > len(data) || s.cut < 0) {
			t.Errorf("%d bytes of %d, %d cut", len(s.data), len(data), s.cut)
		}
	})
}

// FuzzConversationsOfAnyKind has two sides say anything, cut into segments anyhow, with gaps: it must neither panic nor say what it
// doesn't know.
func FuzzConversationsOfAnyKind(f *testing.F) {
	for _, name := range []string{"client-initial", "server-hello"} {
		if b, err := os.ReadFile(filepath.Join("testdata", name)); err == nil {
			f.Add(b, []byte(nil), uint8(3))
		}
	}
	f.Add([]byte("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"), []byte("\x15\x03\x03\x00\x02\x02\x28"), uint8(4))
	f.Add([]byte("\x17\x03\x03\x00\x05\x01\x00\x00\x01\x00"), []byte("\x14\x03\x03\x00\x01\x01"), uint8(4))
	f.Fuzz(func(t *testing.T, client, server []byte, size uint8) {
		var done []*Stream
		d := NewDecoder(DecodeConfig{Secrets: new(KeyLog), Done: func(s *Stream) { done = append(done, s) }})
		said := [2][]byte{client, server}
		n := int(size) + 1
		for at := 0; at < max(len(client), len(server)); at += n {
			for dir, all := range said {
				if at >= len(all) || (at/n)%7 == 6 { // every seventh is lost
					continue
				}
				tcp := bytes.Clone(tcpTo[:20])
				if dir == 1 {
					copy(tcp, []byte{1, 0xbb, 0x9c, 0x40})
				}
				binary.BigEndian.PutUint32(tcp[4:], uint32(at))
				packet := ip4(append(tcp, all[at:min(at+n, len(all))]...))
				if dir == 1 {
					packet[15], packet[19] = packet[19], packet[15]
				}
				binary.BigEndian.PutUint16(packet[2:], uint16(len(packet)))
				d.packet(&Packet{Link: LinkRaw, Data: packet})
			}
		}
		d.end()
		for _, s := range done {
			if s.Trace.Outcome == trace.OK || s.Trace.Outcome == trace.Untrusted {
				t.Errorf("outcome %s", s.Trace.Outcome)
			}
		}
	})
}
