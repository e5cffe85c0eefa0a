package scan

import (
	"sync/atomic"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Stats is how far a run is.
type Stats struct {
	Done      int // documents written
	OK        int // of which the handshake was done and the chain is trusted
	Untrusted int // of which the handshake was done and the chain is not
	Failed    int // of which there was no handshake, or no connection
	Refused   int // of which the line is no target
	Internal  int // of which something failed on this side
	UnderWay  int // probes that have begun and not ended
}

// counters are the numbers of Stats, which many goroutines count.
type counters struct{ done, ok, untrusted, failed, refused, internal, underWay atomic.Int64 }

func (c *counters) begin() { c.underWay.Add(1) }
func (c *counters) end()   { c.underWay.Add(-1) }

func (c *counters) add(outcome string) {
	c.done.Add(1)
	switch outcome {
	case string(trace.OK):
		c.ok.Add(1)
	case string(trace.Untrusted):
		c.untrusted.Add(1)
	case OutcomeUsage:
		c.refused.Add(1)
	case string(trace.Internal):
		c.internal.Add(1)
	default:
		c.failed.Add(1)
	}
}

// Stats returns how far the run is. It may be asked at any time.
func (s *Scan) Stats() Stats {
	c := &s.count
	return Stats{
		Done: int(c.done.Load()), OK: int(c.ok.Load()), Untrusted: int(c.untrusted.Load()), Failed: int(c.failed.Load()),
		Refused: int(c.refused.Load()), Internal: int(c.internal.Load()), UnderWay: int(c.underWay.Load()),
	}
}
