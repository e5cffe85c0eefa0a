package probe

import (
	"time"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// watcher tells the observers of what happens before there is a connection to drive.
type watcher struct {
	run       *run
	observers []trace.Observer
	events    int
}

// tell makes an event of the network.
func (w *watcher) tell(kind string, at time.Time, d trace.Detail) {
	w.events++
	e := &trace.Event{N: w.events, T: trace.Instant(at.Sub(w.run.start)), Dir: trace.None, Layer: trace.LayerNet, Kind: kind, Detail: d}
	for _, o := range w.observers {
		o.Event(e)
	}
}

// dialed tells of a step of connecting.
func (w *watcher) dialed(e dial.Event) {
	switch e := e.(type) {
	case dial.Lookup:
		l := &trace.Lookup{Name: e.Name, Ms: ms(e.Duration), Addresses: []string{}, Error: text(e.Err)}
		for _, a := range e.Addrs {
			l.Addresses = append(l.Addresses, a.String())
		}
		w.tell("lookup", e.Start.Add(e.Duration), l)
	case dial.Attempt:
		w.tell("attempt", e.Start.Add(e.Duration), &trace.Attempt{
			Address: e.Addr.String(), Why: e.Why, Ms: ms(e.Duration), Error: text(e.Err),
		})
	}
}

// connected tells of the connection that is used.
func (w *watcher) connected(r *dial.Result) {
	d := &trace.Connected{Local: r.Connected.Local.String(), Remote: r.Connected.Remote.String(), Ms: ms(r.Connected.Duration)}
	if info, ok := dial.ReadTCPInfo(r.Conn); ok && info.RTT > 0 {
		rtt := ms(info.RTT)
		d.RTTMs = &rtt
	}
	w.tell("connected", w.run.now(), d)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
