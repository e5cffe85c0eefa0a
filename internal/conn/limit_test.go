package conn

import (
	"net"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func TestRecordsHoldNoMoreThanThePeerReads(t *testing.T) {
	for _, row := range []struct{ limit, want int }{
		{0, record.MaxPlaintext}, {63, record.MaxPlaintext}, {64, 64}, {1000, 1000}, {1 << 16, record.MaxPlaintext},
	} {
		client, server := net.Pipe()
		rec := new(trace.Recorder)
		c := New(client, Config{
			Handshake: handshake.Config{Offer: handshake.DefaultOffer(iana.TLS12, iana.TLS13)},
			Observers: []trace.Observer{rec}, Now: func() time.Duration { return 0 },
		})
		c.setRecordLimit(row.limit)
		spans := c.seal(iana.Handshake, make([]byte, 40000))
		longest, total := 0, 0
		for _, s := range spans {
			longest, total = max(longest, s.Len), total+s.Len
		}
		if longest != row.want || total != 40000 {
			t.Errorf("limit %d: records of up to %d bytes, %d in all", row.limit, longest, total)
		}
		_, _ = client.Close(), server.Close()
	}
}
