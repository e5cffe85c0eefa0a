package render

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// header says what was reached and how long the steps took; where more than one address was in play,
// what became of each.
func (c *canvas) header(v *view) {
	spans := []span{{targetName(v.Target), strong}}
	if a := v.Summary.Address; a != nil {
		spans = append(spans, plain(" → "+bareAddress(*a)))
	}
	gap := "    "
	for _, t := range []struct {
		name string
		ms   *float64
	}{{"dns", v.Summary.Timing.DNSMs}, {"tcp", v.Summary.Timing.TCPMs}, {"tls", v.Summary.Timing.TLSMs}, {"rtt", v.Summary.Timing.RTTMs}} {
		if _, err := netip.ParseAddr(v.Target.Host); t.name == "dns" && err == nil {
			continue // nothing was looked up
		}
		if t.ms != nil {
			spans = append(spans, span{gap + t.name + " " + ms(*t.ms), faint})
			gap = "   "
		}
	}
	c.print(spans...)
	c.attempts(v)
}

func targetName(t trace.Target) string {
	if t.Host == "" {
		return t.Input
	}
	return net.JoinHostPort(t.Host, strconv.Itoa(int(t.Port)))
}

// bareAddress leaves the port out: it was said already.
func bareAddress(a string) string {
	if host, _, err := net.SplitHostPort(a); err == nil {
		return host
	}
	return a
}

// attempts shows the addresses of a name and the tries to connect, unless one worked at once.
func (c *canvas) attempts(v *view) {
	tries, failed := 0, 0
	for _, e := range v.Events {
		if d, ok := e.Detail.(*trace.Attempt); ok {
			tries++
			if d.Error != "" {
				failed++
			}
		}
	}
	for _, e := range v.Events {
		switch d := e.Detail.(type) {
		case *trace.Lookup:
			if d.Error != "" {
				c.print(plain("  lookup   "+d.Name+"  "), span{d.Error, bad})
			} else if len(d.Addresses) > 1 {
				c.print(span{"  lookup   " + joined(d.Addresses, ", ", 8), faint})
			}
		case *trace.Attempt:
			if tries > 1 || failed > 0 {
				c.attempt(d)
			}
		}
	}
}

func (c *canvas) attempt(d *trace.Attempt) {
	result := span{"connected", good}
	if d.Error != "" {
		result = span{d.Error, bad}
	}
	why := ""
	if d.Why != "" {
		why = "  (" + d.Why + ")"
	}
	c.print(plain("  tried    "+strings.TrimSpace(d.Address)+"  "), result, span{"  " + ms(d.Ms) + why, faint})
}
