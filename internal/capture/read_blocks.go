// Package capture reads and writes what packet captures hold of TLS connections: the files, the packets in them, the streams of
// TCP that they carry, key logs, and what a bystander can tell of each connection. It opens neither files nor sockets.
//
// A capture of our own is made of what was read and written, not of what was on the wire: the segments are those of the calls,
// while Ethernet, IP and TCP around them are made up, though so that they fit.
package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// Errors of reading a capture.
var (
	// ErrNotCapture says that the input is neither pcap nor pcapng.
	ErrNotCapture = errors.New("neither a pcap nor a pcapng file")
	// ErrCut says that the input ends in the middle of a block or packet.
	ErrCut = errors.New("the capture is cut in the middle")
	// ErrDamaged says that lengths in the input can't be right, so that nothing behind them can be found.
	ErrDamaged = errors.New("the capture is damaged")
)

// Bounds on what a block may make us hold, in bytes. Wireshark takes packets of up to 256 KiB.
const (
	maxPacket     = 1 << 20
	maxSecrets    = 64 << 20
	maxBlockHead  = 64 << 10 // options of an interface
	maxInterfaces = 4096     // in a section
)

// Block is something that a capture holds: a packet, or secrets.
type Block struct {
	// Secrets is the content of a Decryption Secrets Block with a TLS key log; nil: it is a packet.
	Secrets []byte
	Packet  Packet
}

// Packet is one packet as captured.
type Packet struct {
	Time time.Time // zero where the capture doesn't say
	Link LinkType  //
	Data []byte    // good until the next call of Next
	Cut  int       // bytes that were on the wire and are not in Data
}

// Reader reads the blocks of a pcap or pcapng capture, of either byte order. It holds one block at a time.
type Reader struct {
	in     *bufio.Reader
	offset int64
	order  binary.ByteOrder
	next   func(*Block) error
	buf    []byte

	classic     face // pcap: the one interface
	secretsOnly bool // packets are skipped
	interfaces  []face
}

// face is an interface that packets were captured on.
type face struct {
	link    LinkType
	snaplen int
	clock   clock
}

// NewReader looks at the first bytes of r. The error is ErrNotCapture, ErrCut, ErrDamaged or of r.
func NewReader(r io.Reader) (*Reader, error) {
	c := &Reader{in: bufio.NewReaderSize(r, 256<<10)}
	magic, err := c.in.Peek(4)
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, ErrNotCapture
		}
		return nil, err
	}
	if string(magic) == "\x0a\x0d\x0d\x0a" {
		c.next = c.nextBlock
		return c, nil
	}
	for _, m := range magics {
		if binary.LittleEndian.Uint32(magic) == m.value {
			c.order, c.classic.clock.unit = m.order, m.unit
			c.next = c.nextRecord
			return c, c.fileHeader()
		}
	}
	return nil, ErrNotCapture
}

// Next reads the next packet or secrets. At the end of the capture the error is io.EOF; otherwise ErrCut, ErrDamaged or of the
// input.
func (c *Reader) Next(b *Block) error {
	b.Secrets, b.Packet = nil, Packet{}
	return c.next(b)
}

// magics are the first four bytes of a pcap file, read as little-endian: draft-ietf-opsawg-pcap, Section 4.
var magics = [...]struct {
	value uint32
	order binary.ByteOrder
	unit  time.Duration
}{
	{0xa1b2c3d4, binary.LittleEndian, time.Microsecond},
	{0xd4c3b2a1, binary.BigEndian, time.Microsecond},
	{0xa1b23c4d, binary.LittleEndian, time.Nanosecond},
	{0x4d3cb2a1, binary.BigEndian, time.Nanosecond},
}

// read reads n bytes into the buffer, which grows with what comes and not with what is promised.
func (c *Reader) read(n int) ([]byte, error) {
	const step = 64 << 10
	if cap(c.buf) >= n {
		c.buf = c.buf[:n]
		got, err := io.ReadFull(c.in, c.buf)
		c.offset += int64(got)
		return c.buf, cut(err, got)
	}
	c.buf = c.buf[:0]
	for len(c.buf) < n {
		at := len(c.buf)
		c.buf = append(c.buf, make([]byte, min(step, n-at))...)
		got, err := io.ReadFull(c.in, c.buf[at:])
		c.offset += int64(got)
		if err != nil {
			return nil, cut(err, at+got)
		}
	}
	return c.buf, nil
}

// cut tells the end of the input between blocks, where nothing was got, from one within.
func cut(err error, got int) error {
	switch {
	case errors.Is(err, io.EOF) && got == 0:
		return io.EOF
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrCut
	}
	return err
}

// within makes the end of the input an error where more was promised.
func within(err error) error {
	if errors.Is(err, io.EOF) {
		return ErrCut
	}
	return err
}

func (c *Reader) skip(n int64) error {
	got, err := io.CopyN(io.Discard, c.in, n)
	c.offset += got
	return within(err)
}

func (c *Reader) damaged(format string, args ...any) error {
	return fmt.Errorf("%w: at byte %d: %s", ErrDamaged, c.offset, fmt.Sprintf(format, args...))
}

// fileHeader reads the header of a pcap file: draft-ietf-opsawg-pcap, Section 4.
func (c *Reader) fileHeader() error {
	b, err := c.read(24)
	if err != nil {
		return within(err)
	}
	if major := c.order.Uint16(b[4:]); major != 2 {
		return fmt.Errorf("%w: pcap version %d", ErrNotCapture, major)
	}
	c.classic.snaplen = int(min(c.order.Uint32(b[16:]), math.MaxInt32))
	c.classic.link = LinkType(c.order.Uint32(b[20:]) & 0xffff) // above it: the length of a frame check sequence
	return nil
}

// nextRecord reads a packet of a pcap file: draft-ietf-opsawg-pcap, Section 5.
func (c *Reader) nextRecord(b *Block) error {
	h, err := c.read(16)
	if err != nil {
		return err
	}
	sec, frac := c.order.Uint32(h), c.order.Uint32(h[4:])
	length, wire := c.order.Uint32(h[8:]), c.order.Uint32(h[12:])
	if length > maxPacket {
		return c.damaged("a packet of %d bytes", length)
	}
	data, err := c.read(int(length))
	if err != nil {
		return within(err)
	}
	b.Packet = Packet{
		Time: time.Unix(int64(sec), int64(frac)*int64(c.classic.clock.unit)).UTC(), Link: c.classic.link,
		Data: data, Cut: cutOff(wire, length),
	}
	return nil
}

func cutOff(wire, captured uint32) int {
	if wire <= captured || wire-captured > math.MaxInt32 {
		return 0
	}
	return int(wire - captured)
}

// nextSecrets is Next for who wants secrets alone: packets are skipped, and of a pcap file nothing is read, for it has none.
func (c *Reader) nextSecrets(b *Block) error {
	if c.classic != (face{}) {
		return io.EOF
	}
	c.secretsOnly = true
	return c.Next(b)
}
