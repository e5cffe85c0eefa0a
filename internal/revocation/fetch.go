package revocation

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// fetched is what came from a URL.
type fetched struct {
	body []byte
	err  error
}

var (
	errTooManyURLs = errors.New("too many URLs were fetched already")
	errNotFetched  = errors.New("only http URLs are fetched")
)

// once fetches what is at a URL, or returns what came of it before; fresh is set the first time.
func (c *Checker) once(key string, url string, get func() ([]byte, error)) (f *fetched, fresh bool) {
	if f = c.fetched[key]; f != nil {
		return f, false
	}
	f = &fetched{}
	switch {
	case !fetchable(url):
		f.err = errNotFetched
		return f, true
	case len(c.fetched) >= maxURLs:
		f.err = errTooManyURLs
		return f, true
	}
	c.fetched[key] = f
	f.body, f.err = get()
	return f, true
}

// fetchable reports whether a URL is one that can be fetched: plain http, for to fetch by https could need what is asked about.
// RFC 5280, Section 8.
func fetchable(url string) bool {
	const scheme = "http://"
	return len(url) > len(scheme) && strings.EqualFold(url[:len(scheme)], scheme) && len(url) < 2048
}

// askOnline asks the responders that a certificate names until one says something that can be used.
func (c *Checker) askOnline(s *Subject, urls []string) (statements []Statement, lists [][]byte) {
	request, err := Request(s.Cert, s.Issuer)
	if err != nil {
		f := &fault{message: "nobody can be asked: " + err.Error(), expected: "the issuer's certificate", actual: "none"}
		return []Statement{Statement{Kind: KindOCSP, Source: Online}.unusable(f)}, nil
	}
	for _, url := range urls[:min(len(urls), maxOCSPURLs)] {
		const media = "application/ocsp-request" // RFC 6960, Appendix A.1
		got, _ := c.once("POST "+url+" "+string(request), url, func() ([]byte, error) {
			return c.evidence.Fetch.Post(url, media, request, maxOCSPBytes)
		})
		st := Statement{Kind: KindOCSP, Source: Online, URL: clip(url)}
		if got.err != nil {
			statements = append(statements, st.unusable(notFetched("the responder", url, got.err)))
			continue
		}
		st, more, _ := c.ask(parseResponse(got.body), s, Online, clip(url))
		statements, lists = append(statements, st), append(lists, more...)
		if st.Status != StatusUnusable {
			break
		}
	}
	return statements, lists
}

func notFetched(what, url string, err error) *fault {
	if errors.Is(err, errNotFetched) {
		return &fault{message: what + " is at " + clip(url) + ", and " + err.Error(), expected: "an http URL", actual: clip(url)}
	}
	return &fault{message: clip(err.Error()), expected: "an answer of " + what, actual: "none", absent: true}
}

// fetchLists fetches the CRLs that a certificate points to, and their deltas, into those at hand. What came of URLs that gave none
// is returned.
func (c *Checker) fetchLists(s *Subject) (failed []Statement) {
	before := len(c.lists)
	points, _ := s.Cert.CRLDistributionPoints()
	failed = c.fetchPoints(points)
	if x, ok := s.Cert.Extension(cert.ExtFreshestCRL); ok {
		deltas, _ := x.DistributionPoints()
		failed = append(failed, c.fetchPoints(deltas)...)
	}
	for _, l := range c.lists[before:] {
		failed = append(failed, c.fetchPoints(l.Freshest)...)
	}
	return failed
}

// fetchPoints fetches one list for each distribution point: its URLs are alternatives.
func (c *Checker) fetchPoints(points []cert.DistributionPoint) (failed []Statement) {
	tried := 0
	for _, p := range points[:min(len(points), maxPoints)] {
		for _, url := range p.FullName.Texts(cert.URIName) {
			if tried++; tried > maxCRLURLs {
				return failed
			}
			got, fresh := c.once("GET "+url, url, func() ([]byte, error) { return c.evidence.Fetch.Get(url, maxCRLBytes) })
			if fresh && got.err == nil {
				got.err = c.keep(got.body, url)
			}
			if got.err == nil {
				break
			}
			st := Statement{Kind: KindCRL, Source: Online, URL: clip(url)}
			failed = append(failed, st.unusable(notFetched("the list", url, got.err)))
		}
	}
	return failed
}

// keep puts a list that was fetched to those at hand.
func (c *Checker) keep(body []byte, url string) error {
	l, problems := ParseCRL(body)
	switch {
	case l.Issuer.Raw == nil && len(problems) > 0:
		return fmt.Errorf("what came is no CRL: %w", problems[0])
	case len(c.lists) >= maxLists:
		return errors.New("there are too many lists")
	}
	c.lists = append(c.lists, &list{CRL: l, source: Online, url: clip(url)})
	return nil
}
