package dial

import (
	"net"
	"syscall"
	"time"
)

// TCPInfo is what the kernel knows of a connection.
type TCPInfo struct {
	// RTT is the smoothed round-trip time, RTTVar its variation. RFC 6298, Section 2.
	RTT    time.Duration
	RTTVar time.Duration
	// MinRTT is the smallest round trip seen, or 0 where the system does not keep it.
	MinRTT time.Duration
	// Retransmits is the number of segments sent again since the connection was made, its SYN
	// included.
	Retransmits uint64
	// MSS is the maximum segment size for sending, in bytes.
	MSS uint32
	// PathMTU is in bytes, or 0 where the system does not tell.
	PathMTU uint32
}

// ReadTCPInfo asks the kernel (TCP_INFO on Linux, TCP_CONNECTION_INFO on macOS). It reports false
// where the system has no such call or conn is not a socket.
func ReadTCPInfo(conn net.Conn) (TCPInfo, bool) {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return TCPInfo{}, false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return TCPInfo{}, false
	}
	var info TCPInfo
	known := false
	if err := raw.Control(func(fd uintptr) { info, known = tcpInfo(fd) }); err != nil {
		return TCPInfo{}, false
	}
	return info, known
}
