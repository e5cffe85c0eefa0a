package render

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// A note says what the value of a field comes to in this session, which explain, that knows no values, can't: that it equals
// ours, that it was our second choice. Only what is certain from the trace is said.
type note struct {
	path string // of the field; the message by its kind, whichever occurrence it is
	say  func(n *noted) string
}

// noted is a field with what its note may look at.
type noted struct {
	field
	hello field // the ClientHello before it
	event *trace.Event
	view  *view
}

var notes = [...]note{
	{"client_hello.legacy_session_id", sayOwnSessionID},
	{"server_hello.random", sayDowngrade},
	{"server_hello.legacy_session_id_echo", sayEcho},
	{"hello_retry_request.legacy_session_id_echo", sayEcho},
	{"server_hello.cipher_suite", choiceOf("cipher_suites")},
	{"hello_retry_request.cipher_suite", choiceOf("cipher_suites")},
	{"server_hello.extensions.supported_versions.selected_version", choiceOf("extensions.supported_versions.versions")},
	{"hello_retry_request.extensions.supported_versions.selected_version", choiceOf("extensions.supported_versions.versions")},
	{"server_hello.extensions.key_share", sayShare},
	{"hello_retry_request.extensions.key_share.selected_group", choiceOf("extensions.supported_groups.named_group_list")},
	{"server_key_exchange.params.named_curve", choiceOf("extensions.supported_groups.named_group_list")},
	{"server_key_exchange.algorithm", choiceOf("extensions.signature_algorithms.supported_signature_algorithms")},
	{"certificate_verify.algorithm", choiceOf("extensions.signature_algorithms.supported_signature_algorithms")},
	{"encrypted_extensions.extensions.application_layer_protocol_negotiation", sayALPN},
	{"server_hello.extensions.application_layer_protocol_negotiation", sayALPN},
	{"new_session_ticket.ticket_lifetime", sayLifetime},
	{"new_session_ticket.ticket_lifetime_hint", sayLifetime},
}

// note returns what is to be said of the value of a field, or, where what is below it has no rows, of one of those.
func (m *treeMaker) note(f field, whole bool) string {
	if m.view == nil || m.event == nil || m.event.Tree != f.tree {
		return ""
	}
	for i := range notes {
		_, rest, _ := strings.Cut(notes[i].path, ".")
		if !strings.HasPrefix(notes[i].path, m.event.Kind+".") {
			continue
		}
		at := f.tree.Find(f.tree.Step(0) + "." + rest)
		if at == f.i || whole && at > f.i && at < int(f.node().Last) {
			hello, _ := m.view.helloBefore(m.event)
			return notes[i].say(&noted{f.at(at), hello, m.event, m.view})
		}
	}
	return ""
}

// helloBefore returns the last ClientHello before an event.
func (v *view) helloBefore(e *trace.Event) (hello field, ok bool) {
	for _, x := range v.Events {
		if x == e {
			break
		}
		if x.Layer == trace.LayerMessage && x.Kind == "client_hello" {
			if f, is := root(x); is {
				hello, ok = f, true
			}
		}
	}
	return hello, ok
}

// offered returns a field of the ClientHello by its path in it.
func (n *noted) offered(path string) (f field, ok bool) {
	if n.hello.tree == nil {
		return field{}, false
	}
	i := n.hello.tree.Find(n.hello.tree.Step(0) + "." + path)
	return n.hello.at(max(i, 0)), i >= 0
}

func sayOwnSessionID(n *noted) string {
	if len(n.bytes()) == 0 {
		return "none: no compatibility mode, and no session to resume"
	}
	return ""
}

// The last bytes of a ServerHello's random by a server that could do better. RFC 8446, Section 4.1.3.
var downgrades = map[string]string{"DOWNGRD\x01": "the mark of a downgrade from TLS 1.3", "DOWNGRD\x00": "the mark of a downgrade from TLS 1.2 or 1.3"}

func sayDowngrade(n *noted) string {
	b := n.bytes()
	if len(b) != 32 {
		return ""
	}
	if mark, ok := downgrades[string(b[24:])]; ok {
		return "ends in " + mark
	}
	return "no mark of a downgrade"
}

func sayEcho(n *noted) string {
	ours, ok := n.offered("legacy_session_id")
	switch {
	case !ok:
		return ""
	case !bytes.Equal(ours.bytes(), n.bytes()):
		if v := n.view.Summary.Version; v != nil && iana.Version(v.Value) < iana.TLS13 {
			return "a new session" // and no echo
		}
		return "differs from the client's"
	case len(n.bytes()) == 0:
		return ""
	}
	return "equals the client's"
}

// choiceOf says which place a choice had in a list of the client's.
func choiceOf(list string) func(*noted) string {
	return func(n *noted) string {
		f, ok := n.offered(list)
		if !ok {
			return ""
		}
		place, total := 0, 0
		for i := range f.tree.Children(f.i) {
			if x := &f.tree.Nodes[i]; x.Index >= 0 && !(x.Code != nil && x.Code.IsGREASE()) {
				if total++; x.Num == n.node().Num && place == 0 {
					place = total
				}
			}
		}
		if place == 0 {
			return "not offered"
		}
		return choice(place, total)
	}
}

// sayShare says of the group of a share, which has no row of its own, what place it had.
func sayShare(n *noted) string {
	at := n.tree.Find(n.path() + ".server_share.group")
	if at < 0 {
		return ""
	}
	group := *n
	group.field = n.at(at)
	return choiceOf("extensions.supported_groups.named_group_list")(&group)
}

// choice words the place of a choice.
func choice(place, total int) string {
	switch {
	case total == 1:
		return "the only one offered"
	case place == 1:
		return fmt.Sprintf("the client's first choice of %d", total)
	}
	return fmt.Sprintf("the client's choice %d of %d", place, total)
}

func sayALPN(n *noted) string {
	names := protocols(n.field)
	f, ok := n.offered("extensions.application_layer_protocol_negotiation")
	if !ok || len(names) != 1 {
		return ""
	}
	ours := protocols(f)
	if place := slices.Index(ours, names[0]); place >= 0 {
		return choice(place+1, len(ours))
	}
	return "not offered"
}

// protocols returns the names in an ALPN extension.
func protocols(f field) (names []string) {
	for i := f.i; i < int(f.node().Last); i++ {
		if x := f.at(i); x.node().Name == "name" {
			names = append(names, string(x.bytes()))
		}
	}
	return names
}

func sayLifetime(n *noted) string {
	d := time.Duration(n.node().Num) * time.Second
	switch {
	case d == 0:
		return ""
	case d%(24*time.Hour) == 0:
		return count(int(d/(24*time.Hour)), "day", "days")
	case d%time.Hour == 0:
		return count(int(d/time.Hour), "hour", "hours")
	}
	return strconv.Itoa(int(d/time.Second)) + " seconds"
}
