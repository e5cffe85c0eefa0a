package policy

import (
	"strconv"

	"github.com/tlsprobe/tlsprobe/internal/audit"
)

// pagePrefix is the first step of facts about the answer to a request over HTTPS.
const pagePrefix = "http"

// pageRows are the facts about that answer. What browsers pass over is none, and the question http.hsts says why.
var pageRows = [...]row[*audit.HTTP]{
	{"status", KindNumber, "status of the answer to a GET", nil, func(h *audit.HTTP) Fact { return known(number(h.Status, h.Connection)) }},
	{"location", KindText, "where the answer sends clients; none: nowhere", nil, func(h *audit.HTTP) Fact {
		f := Fact{State: Known, Connection: h.Connection}
		if h.Location != "" {
			f.Values = []Value{word(clip(h.Location), h.Connection)}
		}
		return f
	}},
	{"hsts.max_age", KindNumber, "seconds for which browsers shall stay with TLS; none: they need not", nil, func(h *audit.HTTP) Fact {
		f := Fact{State: Known, Connection: h.Connection, Reason: h.HSTS.Why}
		if h.HSTS.Valid && h.HSTS.MaxAge != nil {
			seconds := *h.HSTS.MaxAge
			f.Values = []Value{{Text: strconv.FormatInt(seconds, 10), Order: float64(seconds), Connection: h.Connection}}
		}
		return f
	}},
	{"hsts.include_subdomains", KindWord, "they shall for names below this one, too", yesOrNo, func(h *audit.HTTP) Fact {
		return yesIf(h.HSTS.Valid && h.HSTS.IncludeSubdomains, h.Connection)
	}},
	{"hsts.preload", KindWord, "asks for a place on the lists of browsers", yesOrNo, func(h *audit.HTTP) Fact {
		return yesIf(h.HSTS.Valid && h.HSTS.Preload, h.Connection)
	}},
}

// pageFacts has the facts about the page. Where the answer does not tell whether there is HSTS, as that of a server in
// trouble, nothing is known of what it asks for.
func (v *view) pageFacts() (list []Fact) {
	why := v.answer("http.hsts")
	page := v.document.HTTP
	for _, r := range pageRows {
		switch {
		case page == nil && why.Status != audit.Unknown:
			list = append(list, r.missing(pagePrefix+".", audit.Answer{Status: audit.Skip, Reason: why.Reason, Connection: why.Connection}))
		case page == nil, why.Status == audit.Unknown && r.step != "status" && r.step != "location":
			list = append(list, r.missing(pagePrefix+".", why))
		default:
			list = append(list, r.fact(pagePrefix+".", page))
		}
	}
	return list
}
