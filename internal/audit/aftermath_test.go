package audit

import (
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func TestWhatDidNotComeIsOnlyANoFromAServerThatClosed(t *testing.T) {
	limit := uint64(1)
	for name, c := range map[string]struct {
		version                    iana.Version
		tickets                    []Ticket
		after                      []string
		closed                     bool
		post, resumption, earlyDat Status
	}{
		"nothing, and the end":     {iana.TLS13, nil, nil, true, No, No, Skip},
		"nothing, and no end":      {iana.TLS13, nil, nil, false, Unknown, Unknown, Unknown},
		"a key update, and no end": {iana.TLS13, nil, []string{"1 key_update"}, false, Yes, Unknown, Unknown},
		"tickets, and no end":      {iana.TLS13, []Ticket{{}}, []string{"1 new_session_ticket"}, false, Yes, Yes, No},
		"early data":               {iana.TLS13, []Ticket{{EarlyData: &limit}}, []string{"1 new_session_ticket"}, true, Yes, Yes, Yes},
		"TLS 1.2, and no end":      {iana.TLS12, nil, nil, false, Unknown, No, Skip},
	} {
		e := &enumeration{versions: [len(versions)]*versionFacts{{}, {}, {}, {}, {}}}
		e.features.whole = whole{
			done: true, closed: c.closed, after: c.after, answer: answer{outcome: accepted, connection: 1},
			handshake: &Handshake{Summary: trace.Summary{Version: trace.CodeOf(c.version)}, Tickets: c.tickets},
		}
		for of, want := range map[string]Status{"post_handshake": c.post, "resumption.offered": c.resumption, "early_data.offered": c.earlyDat} {
			for _, q := range questions() {
				if q.id != of {
					continue
				}
				if a, _ := q.answer(e); a.Status != want || a.Status == Unknown && (!a.cannot || a.Reason == "") {
					t.Errorf("%s: %s is %+v, want %s", name, of, a, want)
				}
			}
		}
	}
}

func TestWhetherAPageIsAskedForDependsOnProtocolsAndPort(t *testing.T) {
	for _, c := range []struct {
		port        uint16
		protocols   []string
		ask, likely bool
		alpn        int
	}{
		{443, nil, true, true, 0}, {443, []string{"h2", "http/1.1"}, true, true, 1}, {8443, []string{"h2"}, true, true, 0},
		{993, []string{"imap"}, false, false, 0}, {4433, []string{"h2"}, true, false, 0}, {4433, []string{"http/1.0"}, true, false, 0},
		{4433, nil, true, false, 0}, {4433, []string{"http/1.1"}, true, true, 1}, {443, []string{"acme-tls/1"}, true, true, 0},
	} {
		p := planHTTP(c.port, c.protocols)
		if p.ask != c.ask || p.likely != c.likely || len(p.alpn) != c.alpn || (p.why == "") != c.ask {
			t.Errorf("%d %v: %+v", c.port, c.protocols, p)
		}
	}
}
