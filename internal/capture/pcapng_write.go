package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// ErrNoConnection is returned where there is no TCP connection to write: none came about, or it has no addresses.
var ErrNoConnection = errors.New("no TCP connection")

// maxSegment is how many bytes a segment carries at most: one packet may hold 2^16-1.
const maxSegment = 1 << 15

// What blocks of a pcapng file hold, and their options; draft-ietf-opsawg-pcapng, Section 4.
const (
	byteOrder    = 0x1a2b3c4d
	linkEthernet = 1
	snapLength   = 1 << 18

	optEnd         = 0
	optComment     = 1
	optDescription = 3 // of an interface
	optApplication = 4 // of a section
	optResolution  = 9 // of an interface

	nanoseconds = 9
)

// The sides of the connection. Locally administered addresses, for the real ones are not ours to know, and first sequence numbers
// that are easy to read.
const (
	firstClient = 0x10000000
	firstServer = 0x20000000
)

// WritePcapng writes the connection as a pcapng file that Wireshark reads: the handshake of TCP at the time that t tells, each
// segment as it was read or written, and the end. A keyLog goes into a Decryption Secrets Block before the packets, so that TLS
// is decrypted at once; nil for none. Errors are those of w, and [ErrNoConnection], after a file without a packet.
func (tap *Tap) WritePcapng(w io.Writer, t *trace.Trace, keyLog []byte) error {
	f := &pcapng{w: w, started: t.Started}
	f.section(t.Tool, tap)
	f.networkInterface()
	if keyLog != nil {
		f.secrets(keyLog)
	}
	if f.err == nil && !(tap.local.IsValid() && tap.remote.IsValid()) {
		return ErrNoConnection
	}
	f.packets(tap, t)
	if f.err != nil {
		return fmt.Errorf("write the capture: %w", f.err)
	}
	return nil
}

// pcapng writes blocks.
type pcapng struct {
	w       io.Writer
	started time.Time // of the trace
	block   []byte
	err     error
}

// begin starts a block; its length is filled in by end.
func (f *pcapng) begin(kind uint32) {
	f.block = binary.LittleEndian.AppendUint32(f.block[:0], kind)
	f.u32(0)
}

func (f *pcapng) u16(v uint16) { f.block = binary.LittleEndian.AppendUint16(f.block, v) }

func (f *pcapng) u32(v uint32) { f.block = binary.LittleEndian.AppendUint32(f.block, v) }

// bytes appends bytes and what is missing to 32 bits.
func (f *pcapng) bytes(b []byte) {
	f.block = append(f.block, b...)
	f.pad()
}

func (f *pcapng) pad() {
	for len(f.block)%4 != 0 {
		f.block = append(f.block, 0)
	}
}

func (f *pcapng) option(code uint16, value []byte) {
	f.u16(code)
	f.u16(uint16(len(value)))
	f.bytes(value)
}

// end writes the block, with its length before and behind.
func (f *pcapng) end() {
	size := uint32(len(f.block) + 4)
	binary.LittleEndian.PutUint32(f.block[4:], size)
	f.u32(size)
	if f.err == nil {
		_, f.err = f.w.Write(f.block)
	}
}

func (f *pcapng) section(tool trace.Tool, tap *Tap) {
	f.begin(blockSection)
	f.u32(byteOrder)
	f.u16(1) // version 1.0
	f.u16(0)
	f.u32(0xffffffff) // the length of the section is not said
	f.u32(0xffffffff)
	comment := "made of what was read and written: Ethernet, IP and TCP headers are synthesised"
	if n := tap.Left(); n > 0 {
		comment += fmt.Sprintf("; it ends early: %d more bytes passed that are not kept", n)
	}
	f.option(optComment, []byte(comment))
	f.option(optApplication, []byte(tool.Name+" "+tool.Version))
	f.u32(optEnd)
	f.end()
}

func (f *pcapng) networkInterface() {
	f.begin(blockInterface)
	f.u16(linkEthernet)
	f.u16(0)
	f.u32(snapLength)
	f.option(optDescription, []byte("one connection, synthesised"))
	f.option(optResolution, []byte{nanoseconds})
	f.u32(optEnd)
	f.end()
}

func (f *pcapng) secrets(keyLog []byte) {
	f.begin(blockSecrets)
	f.u32(secretsTLS)
	f.u32(uint32(len(keyLog)))
	f.bytes(keyLog)
	f.end()
}

// packets writes the connection. The times of the handshake of TCP are those of the trace; both answers come with its end, which is
// all that is known.
func (f *pcapng) packets(tap *Tap, t *trace.Trace) {
	client := &endpoint{mac: [6]byte{2, 0, 0, 0, 0, 1}, addr: tap.local, seq: firstClient}
	server := &endpoint{mac: [6]byte{2, 0, 0, 0, 0, 2}, addr: tap.remote, seq: firstServer}
	segments := slices.Clone(tap.segments)
	slices.SortStableFunc(segments, func(a, b piece) int { return a.at.Compare(b.at) })
	began, connected := connectedAt(t, segments)
	f.packet(began, client, server, syn, nil)
	f.packet(connected, server, client, syn|ack, nil)
	f.packet(connected, client, server, ack, nil)
	for i, s := range segments {
		from, to := client, server
		if s.received {
			from, to = server, client
		}
		switch s.flags {
		case 0:
			for part := range slices.Chunk(s.bytes, maxSegment) {
				f.packet(s.at, from, to, psh|ack, part)
			}
		case rst:
			f.packet(s.at, from, to, rst|ack, nil)
		default:
			f.packet(s.at, from, to, s.flags|ack, nil)
			if i == len(segments)-1 && len(segments) > 1 && bothEnded(segments) {
				f.packet(s.at, to, from, ack, nil)
			}
		}
	}
}

// bothEnded reports whether both sides said that they will send no more.
func bothEnded(list []piece) bool {
	var ended [2]bool
	for _, s := range list {
		if s.flags == fin && s.received {
			ended[1] = true
		} else if s.flags == fin {
			ended[0] = true
		}
	}
	return ended[0] && ended[1]
}

// connectedAt returns when connecting began and when it was done, never after the first segment.
func connectedAt(t *trace.Trace, segments []piece) (began, connected time.Time) {
	connected = t.Started
	took := time.Duration(0)
	for _, e := range t.Events {
		if d, ok := e.Detail.(*trace.Connected); ok {
			connected = t.Started.Add(e.T)
			took = time.Duration(d.Ms * float64(time.Millisecond))
			break
		}
	}
	if len(segments) > 0 && segments[0].at.Before(connected) {
		connected = segments[0].at
	}
	return connected.Add(-max(took, 0)), connected
}

// packet writes a packet as an enhanced packet block.
func (f *pcapng) packet(at time.Time, from, to *endpoint, flags tcpFlags, payload []byte) {
	f.begin(blockPacket)
	f.u32(0)                                                          // the interface
	ns := uint64(max(f.started.Add(at.Sub(f.started)).UnixNano(), 0)) // as the trace counts, also while a clock is set
	f.u32(uint32(ns >> 32))
	f.u32(uint32(ns))
	sizes := len(f.block)
	f.u32(0)
	f.u32(0)
	data := len(f.block)
	f.block = appendPacket(f.block, from, to, flags, payload)
	size := uint32(len(f.block) - data)
	binary.LittleEndian.PutUint32(f.block[sizes:], size)
	binary.LittleEndian.PutUint32(f.block[sizes+4:], size)
	f.pad()
	f.end()
}
