package bench

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/testpeer"
)

// BenchmarkDecode decodes a capture of a bulk transfer, and one of many streams that are open at a time, with the whole program; the
// first also with tshark. MB/s, and the peak of memory.
func BenchmarkDecode(b *testing.B) {
	program := build(b)
	b.Run("bulk", func(b *testing.B) {
		file, keys := bulkCapture(b, 100<<20, 1)
		b.Run("tlsprobe", func(b *testing.B) { timed(b, file, []string{program, "decode", file, "--keylog", keys, "-q"}) })
		b.Run("tshark", func(b *testing.B) {
			timed(b, file, []string{testpeer.Need(b, "tshark"), "-q", "-z", "io,stat,0", "-r", file, "-o", "tls.keylog_file:" + keys})
		})
	})
	b.Run("streams", func(b *testing.B) {
		file, keys := bulkCapture(b, 256<<10, 1_000)
		b.Run("tlsprobe", func(b *testing.B) {
			timed(b, file, []string{program, "decode", file, "--keylog", keys, "--json", "-o", os.DevNull})
		})
	})
}

// timed runs a command over a file.
func timed(b *testing.B, file string, args []string) {
	info, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	for b.Loop() {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
	b.ReportMetric(float64(peakKB(b, args))/1024, "peak-MB")
}

// taken is what passed over one side of a pipe.
type taken struct {
	net.Conn
	parts *[]spoken
}

type spoken struct {
	client bool
	data   []byte
}

func (c taken) Write(p []byte) (int, error) {
	*c.parts = append(*c.parts, spoken{true, bytes.Clone(p)})
	return c.Conn.Write(p)
}

func (c taken) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		*c.parts = append(*c.parts, spoken{false, bytes.Clone(p[:n])})
	}
	return n, err
}

// bulkCapture writes a capture of a transfer of some bytes by crypto/tls, said by so many clients in turns, and its key log.
func bulkCapture(b *testing.B, size, clients int) (file, keys string) {
	b.Helper()
	identity := certificate(b)
	near, far := net.Pipe()
	go func() {
		s := tls.Server(far, &tls.Config{Certificates: []tls.Certificate{identity}})
		_, _ = s.Write(make([]byte, size))
		_ = s.Close()
	}()
	var parts []spoken
	var log strings.Builder
	c := tls.Client(taken{near, &parts}, &tls.Config{InsecureSkipVerify: true, ServerName: "localhost", KeyLogWriter: &log})
	if _, err := io.Copy(io.Discard, c); err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	file, keys = filepath.Join(dir, "bulk.pcap"), filepath.Join(dir, "keys.log")
	if err := os.WriteFile(keys, []byte(log.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	writeCapture(b, f, parts, clients)
	return file, keys
}

// writeCapture writes what was said as a pcap of raw IPv4, by so many clients in turns.
func writeCapture(b *testing.B, f *os.File, parts []spoken, clients int) {
	b.Helper()
	w := bufio.NewWriterSize(f, 1<<20)
	write := func(p []byte) { _, _ = w.Write(p) } // Flush tells
	write([]byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0})
	number := uint32(0)
	packet := func(client int, sent bool, flags byte, seq, ack uint32, data []byte) {
		n := 40 + len(data)
		number++
		h := binary.LittleEndian.AppendUint32(nil, 1_700_000_000+number/100_000)
		h = binary.LittleEndian.AppendUint32(h, number%100_000*10)
		h = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(h, uint32(n)), uint32(n))
		from, to := []byte{10, byte(client >> 16), byte(client >> 8), byte(client)}, []byte{192, 0, 2, 1}
		ports := []byte{0x9c, 0x40, 0x01, 0xbb}
		if !sent {
			from, to, ports = to, from, []byte{0x01, 0xbb, 0x9c, 0x40}
		}
		h = append(h, 0x45, 0, byte(n>>8), byte(n), 0, 0, 0x40, 0, 64, 6, 0, 0)
		h = append(append(append(h, from...), to...), ports...)
		h = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(h, seq), ack)
		write(append(h, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0))
		write(data)
	}
	const fin, syn, ack = 1, 2, 16
	for i := range clients {
		packet(i, true, syn, 0, 0, nil)
		packet(i, false, syn|ack, 0, 1, nil)
	}
	seq := map[bool]uint32{true: 1, false: 1}
	for _, p := range parts {
		for data := p.data; len(data) > 0; {
			n := min(len(data), 16_000)
			for i := range clients {
				packet(i, p.client, ack, seq[p.client], seq[!p.client], data[:n])
			}
			seq[p.client] += uint32(n)
			data = data[n:]
		}
	}
	for i := range clients {
		packet(i, true, fin|ack, seq[true], seq[false], nil)
		packet(i, false, fin|ack, seq[false], seq[true]+1, nil)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}
