package fetch

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Kind tells failures apart.
type Kind string

// The kinds of failure.
const (
	KindURL         Kind = "url"          // it isn't a URL that can be fetched
	KindScheme      Kind = "scheme"       // it is another scheme than http
	KindNetwork     Kind = "network"      // there was no connection, or it broke; the cause may be a *dial.Error
	KindTimeout     Kind = "timeout"      // the time for one fetch was up
	KindBudget      Kind = "budget"       // the time or the requests for all fetches were used up
	KindCanceled    Kind = "canceled"     // interrupted
	KindNotHTTP     Kind = "not_http"     // the answer doesn't begin as one of HTTP/1 does
	KindMalformed   Kind = "malformed"    // the answer breaks the rules of HTTP/1
	KindUnsupported Kind = "unsupported"  // it is encoded in a way that wasn't asked for
	KindTruncated   Kind = "truncated"    // it ended too early
	KindTooLarge    Kind = "too_large"    // it is larger than was allowed
	KindStatus      Kind = "status"       // the server said that it hasn't got it
	KindRedirect    Kind = "bad_redirect" // it leads nowhere, in a circle, or too far
)

// Error is a failed fetch.
type Error struct {
	Kind   Kind
	Method string // GET or POST
	URL    string // the one that failed: after redirects, not the one that was asked for
	Status int    // of the answer, 0 if there was none
	Reason string // what happened, in words
	Err    error  // the cause, may be nil
}

// Error says what was attempted, on what, and what came back.
func (e *Error) Error() string {
	verb := "fetching "
	if e.Method == methodPost {
		verb = "posting to "
	}
	text := verb + visible(e.URL) + ": " + e.Reason
	if e.Err != nil {
		text += ": " + clip(e.Err.Error())
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// fault is an error in an answer, before it is known what it was the answer to.
type fault struct {
	kind   Kind
	reason string
}

func (f *fault) Error() string { return f.reason }

func faultf(kind Kind, format string, args ...any) *fault {
	return &fault{kind, fmt.Sprintf(format, args...)}
}

// visible is a URL in a message: quoted if there is anything in it that a terminal may obey.
func visible(url string) string {
	url = clip(url)
	if url == "" || strings.ContainsFunc(url, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(url)
	}
	return url
}

// clip cuts a text that is too long for a message.
func clip(text string) string {
	const limit = 200
	if len(text) > limit {
		cut := limit
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut] + "…"
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
