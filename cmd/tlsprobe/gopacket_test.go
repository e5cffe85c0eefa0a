package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/gopacket/gopacket/reassembly"
)

// wiretap stands between client and server, and writes down what it passes on.
type wiretap struct {
	addr net.Addr
	said [2][]byte // by the client, by the server; good once done is closed
	done chan struct{}
}

// tapped starts a wiretap before a server, for one connection. network is that of the listener.
func tapped(t *testing.T, network, listen, server string) *wiretap {
	t.Helper()
	l, err := net.Listen(network, listen)
	if err != nil {
		t.Skipf("nothing can listen at %s: %v", listen, err)
	}
	t.Cleanup(func() { _ = l.Close() })
	w := &wiretap{addr: l.Addr(), done: make(chan struct{})}
	go func() {
		defer close(w.done)
		client, err := l.Accept()
		if err != nil {
			return
		}
		defer client.Close() //nolint:errcheck // nothing to lose
		to, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		defer to.Close() //nolint:errcheck // nothing to lose
		var both sync.WaitGroup
		both.Go(func() { w.said[0] = passOn(to, client) })
		both.Go(func() { w.said[1] = passOn(client, to) })
		both.Wait()
	}()
	return w
}

// passOn copies until the end of one side, tells the other, and returns what came, whether or not the other still took it.
func passOn(to, from net.Conn) []byte {
	var all bytes.Buffer
	if _, err := io.Copy(io.MultiWriter(&all, to), from); err != nil {
		_, _ = io.Copy(&all, from)
	}
	_ = to.(*net.TCPConn).CloseWrite()
	return all.Bytes()
}

// heardBy is a stream that gopacket puts together.
type heardBy struct {
	said    [2][]byte
	skipped int
}

func (h *heardBy) New(gopacket.Flow, gopacket.Flow, *layers.TCP, reassembly.AssemblerContext) reassembly.Stream {
	return h
}

func (h *heardBy) Accept(*layers.TCP, gopacket.CaptureInfo, reassembly.TCPFlowDirection, reassembly.Sequence, *bool, reassembly.AssemblerContext) bool {
	return true
}

func (h *heardBy) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	dir, _, _, skip := sg.Info()
	n, _ := sg.Lengths()
	at := 0
	if dir == reassembly.TCPDirServerToClient {
		at = 1
	}
	h.said[at] = append(h.said[at], sg.Fetch(n)...)
	h.skipped += max(0, skip)
}

func (h *heardBy) ReassemblyComplete(reassembly.AssemblerContext) bool { return false }

// moment is when a packet was captured.
type moment struct{ gopacket.CaptureInfo }

func (m *moment) GetCaptureInfo() gopacket.CaptureInfo { return m.CaptureInfo }

// frames checks each frame of a capture of ours and returns what gopacket makes of the stream.
func frames(t *testing.T, file string, server net.Addr) *heardBy {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	r, err := pcapgo.NewNgReader(f, pcapgo.NgReaderOptions{ErrorOnMismatchingLinkType: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.LinkType() != layers.LinkTypeEthernet {
		t.Fatalf("the link type is %v", r.LinkType())
	}
	h := new(heardBy)
	assembler := reassembly.NewAssembler(reassembly.NewStreamPool(h))
	next := make(map[layers.TCPPort]uint32)
	var latest time.Time
	for {
		data, info, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if info.Timestamp.Before(latest) || info.Length != len(data) {
			t.Errorf("a packet of %d bytes of %d at %v, after %v", len(data), info.Length, info.Timestamp, latest)
		}
		latest = info.Timestamp
		p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.Default)
		if e := p.ErrorLayer(); e != nil {
			t.Fatal(e.Error())
		}
		tcp := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		src, dst := p.NetworkLayer().NetworkFlow().Endpoints()
		if to := net.JoinHostPort(dst.String(), tcp.TransportFlow().Dst().String()); len(next) == 0 && to != server.String() || src != dst {
			t.Errorf("the first packet goes from %v to %s, not to %v", src, to, server)
		}
		if want, ok := next[tcp.SrcPort]; ok && tcp.Seq != want {
			t.Errorf("port %d goes on at %d, not at %d", tcp.SrcPort, tcp.Seq, want)
		}
		if want, ok := next[tcp.DstPort]; tcp.ACK && (!ok || tcp.Ack != want) {
			t.Errorf("port %d acknowledges %d of %d", tcp.SrcPort, tcp.Ack, want)
		}
		next[tcp.SrcPort] = tcp.Seq + uint32(len(tcp.Payload))
		if tcp.SYN || tcp.FIN {
			next[tcp.SrcPort]++
		}
		sameFrame(t, p, data)
		assembler.AssembleWithContext(p.NetworkLayer().NetworkFlow(), tcp, &moment{info})
	}
	assembler.FlushAll()
	return h
}

// sameFrame has gopacket write the frame that it has read, with lengths and checksums of its own.
func sameFrame(t *testing.T, p gopacket.Packet, data []byte) {
	t.Helper()
	var parts []gopacket.SerializableLayer
	for _, l := range p.Layers() {
		switch l := l.(type) {
		case *layers.IPv4:
			l.Checksum = 0
			parts = append(parts, l)
		case *layers.TCP:
			l.Checksum = 0
			if err := l.SetNetworkLayerForChecksum(p.NetworkLayer()); err != nil {
				t.Fatal(err)
			}
			parts = append(parts, l, gopacket.Payload(l.Payload))
		case gopacket.SerializableLayer:
			if len(parts) < 2 {
				parts = append(parts, l)
			}
		}
	}
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, parts...); err != nil {
		t.Fatal(err)
	}
	theirs, padding := b.Bytes(), []byte(nil)
	if len(theirs) == 60 { // it pads short frames, as a network card does behind where captures are made
		theirs, padding = theirs[:min(len(data), 60)], theirs[min(len(data), 60):]
	}
	if !bytes.Equal(theirs, data) || len(bytes.Trim(padding, "\x00")) > 0 {
		t.Errorf("a frame of\n%x\nis by gopacket\n%x", data, b.Bytes())
	}
}

func TestGopacketReadsOurCapturesAsTheyPassed(t *testing.T) {
	families := map[string][2]string{"IPv4": {"tcp4", "127.0.0.1:0"}, "IPv6": {"tcp6", "[::1]:0"}}
	for _, scenario := range []string{"tls13", "tls12", "hello-retry", "client-certificate", "big-chain", "untrusted-root", "alert"} {
		for family, at := range families {
			t.Run(scenario+"/"+family, func(t *testing.T) {
				t.Parallel()
				srv, err := startDemo(t.Context(), testApp(nil, nil), scenario)
				if err != nil {
					t.Fatal(err)
				}
				defer srv.Close() //nolint:errcheck // nothing to lose
				w := tapped(t, at[0], at[1], srv.Addr().String())
				args := append(srv.ConnectArgs(), certArgs(t, srv)...)
				file, _ := captured(t, srv.Target(), append(args, "--connect-to", w.addr.String())...)
				<-w.done
				h := frames(t, file, w.addr)
				// What the client has not read any more when it closed, only the wire has; and the other way round after a reset.
				if !bytes.HasPrefix(h.said[0], w.said[0]) || len(w.said[0]) == 0 || !bytes.HasPrefix(w.said[1], h.said[1]) || len(h.said[1]) == 0 || h.skipped != 0 {
					t.Errorf("gopacket finds %d and %d bytes, and skips %d; %d and %d have passed",
						len(h.said[0]), len(h.said[1]), h.skipped, len(w.said[0]), len(w.said[1]))
				}
			})
		}
	}
}
