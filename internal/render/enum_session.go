package render

import (
	"fmt"
	"strconv"

	"github.com/tlsprobe/tlsprobe/internal/audit"
)

// enumSession shows the ordinary handshake, what can be resumed by it, and what was said over it.
func (c *canvas) enumSession(d *audit.Document) {
	if h := d.Handshake; h != nil {
		c.enumLine("handshake", handshakeLine(h))
	}
	if h := d.HTTP; h != nil {
		c.enumLine("http", httpLine(h))
	}
}

func handshakeLine(h *audit.Handshake) string {
	s := &h.Summary
	if h.Answer.Status != audit.Yes {
		text := string(h.Answer.Status) + prefixed(": ", h.Answer.Reason)
		if h.Error != nil && h.Answer.Reason == "" {
			text += ": " + h.Error.Message
		}
		return text
	}
	text := string(h.Outcome)
	if s.Version != nil {
		text = sentence(s.Version.Name, text)
	}
	if s.CipherSuite != nil {
		text = sentence(text, codeWord(s.CipherSuite))
	}
	if s.Group != nil {
		text = sentence(text, codeWord(s.Group))
	}
	if s.ALPN != nil {
		text = sentence(text, "alpn "+*s.ALPN)
	}
	return sentence(text, ticketWords(h.Tickets))
}

// ticketWords says what tickets came; all of a session are mostly alike, so that the first speaks for them.
func ticketWords(list []audit.Ticket) string {
	if len(list) == 0 {
		return "no ticket"
	}
	first := &list[0]
	text := count(len(list), "ticket", "tickets")
	if first.Lifetime > 0 {
		text += " of " + lifetime(first.Lifetime)
	}
	if first.EarlyData != nil {
		text += fmt.Sprintf(", early data up to %dB", *first.EarlyData)
	}
	return text
}

func httpLine(h *audit.HTTP) string {
	text := "status " + strconv.Itoa(h.Status)
	if h.Location != "" {
		text += " to " + quoted(h.Location)
	}
	p := &h.HSTS
	switch {
	case !p.Present:
		return sentence(text, "no HSTS")
	case !p.Valid:
		return sentence(text, "HSTS void: "+p.Why+" in "+strconv.Quote(p.Raw))
	}
	words := "HSTS for " + lifetime(uint64(*p.MaxAge))
	if *p.MaxAge == 0 {
		words = "HSTS taken back"
	}
	if p.IncludeSubdomains {
		words += ", with subdomains"
	}
	if p.Preload {
		words += ", to be preloaded"
	}
	return sentence(text, words+prefixed(", ", p.Why))
}
