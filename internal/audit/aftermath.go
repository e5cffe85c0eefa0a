package audit

import (
	"fmt"
	"strconv"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// incomplete says why nothing is known of what needs a whole handshake; ok: there was one.
func (w *whole) incomplete() (a Answer, ok bool) {
	switch {
	case w.done:
		return Answer{}, true
	case w.none != "":
		return skipped("no ordinary handshake was made: " + w.none), false
	case w.answer.outcome != refused:
		return unknownFrom(&w.answer), false
	}
	return Answer{
		Status: Skip, Reason: "an ordinary handshake does not come about: " + w.answer.reason,
		Connection: w.answer.connection, byClosing: w.answer.closed,
	}, false
}

// handshakeAnswer is about the handshake itself.
func (e *enumeration) handshakeAnswer() (Answer, []string) {
	w := &e.features.whole
	if w.handshake == nil {
		a, _ := w.incomplete()
		return a, nil
	}
	if v := w.handshake.Summary.Version; w.done && v != nil {
		return w.handshake.Answer, []string{v.Name, string(w.handshake.Outcome)}
	}
	return w.handshake.Answer, nil
}

// postHandshake lists what came between the end of the handshake and the close.
func (e *enumeration) postHandshake() (Answer, []string) {
	w := &e.features.whole
	switch a, ok := w.incomplete(); {
	case !ok:
		return a, nil
	case len(w.after) > 0:
		return yesAt(w.answer.connection), w.after
	case !w.closed:
		return w.open("nothing"), nil
	}
	return Answer{Status: No, Connection: w.answer.connection}, nil
}

// open is the answer where something did not come, and the server did not close either, so that it might have.
func (w *whole) open(what string) Answer {
	a := cannot(what + " came, but it did not close either within " + handshakeLinger.String() + " of our goodbye")
	a.Connection = w.answer.connection
	return a
}

// since13 tells whether the handshake was one of TLS 1.3, where tickets come after it.
func (w *whole) since13() bool {
	v := w.handshake.Summary.Version
	return v != nil && v.Value >= uint64(iana.TLS13)
}

// resumptionOffered looks for what a later handshake could resume by. That a server offers it does not show that it takes it.
func (e *enumeration) resumptionOffered() (Answer, []string) {
	w := &e.features.whole
	var list []string
	at := 0
	found := func(connection int, what string) {
		if at == 0 {
			at = connection
		}
		list = append(list, what)
	}
	if w.handshake != nil && w.handshake.Summary.Version != nil {
		if n := len(w.handshake.Tickets); n > 0 {
			found(w.answer.connection, w.handshake.Summary.Version.Name+": "+plural(n, "ticket"))
		}
	}
	if v := e.newestOld(); v != 0 {
		first := &e.facts(v).suites[0]
		if h := first.answer.hello; h != nil {
			if h.Extensions.Find(iana.ExtSessionTicket) != nil {
				found(first.connection, v.String()+": session_ticket")
			}
			if len(h.SessionIDEcho) > 0 {
				found(first.connection, v.String()+": session id")
			}
		}
	}
	if len(list) > 0 {
		return yesAt(at), list
	}
	if a, ok := w.incomplete(); !ok {
		return a, nil
	}
	if w.since13() && !w.closed {
		return w.open("no ticket"), nil
	}
	return Answer{Status: No, Connection: w.answer.connection}, nil
}

// earlyDataOffered looks at what the tickets of TLS 1.3 allow. RFC 8446, Section 4.6.1.
func (e *enumeration) earlyDataOffered() (Answer, []string) {
	w := &e.features.whole
	a, ok := w.incomplete()
	switch {
	case !ok:
		return a, nil
	case !w.since13():
		return skipped("only tickets of TLS 1.3 allow it"), nil
	case len(w.handshake.Tickets) == 0 && !w.closed:
		return w.open("no ticket"), nil
	case len(w.handshake.Tickets) == 0:
		return skipped("it gives no ticket"), nil
	}
	for _, t := range w.handshake.Tickets {
		if t.EarlyData != nil && *t.EarlyData > 0 {
			return yesAt(w.answer.connection), []string{strconv.FormatUint(*t.EarlyData, 10) + " bytes"}
		}
	}
	return Answer{Status: No, Connection: w.answer.connection}, nil
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
