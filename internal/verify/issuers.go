package verify

import (
	"fmt"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// Bounds on fetching issuers.
const (
	maxFetches     = 6         // of issuers, for one verification
	maxIssuerBytes = 256 << 10 // of one answer
)

// fetchIssuers gets the issuers that are missing from where the certificates say they are, and looks for paths again, as long as
// that brings something new. RFC 5280, Section 4.2.2.1; RFC 4158, Section 3.4.
func (s *search) fetchIssuers() {
	asked := map[string]bool{}
	for len(asked) < maxFetches && !s.found() {
		best := s.tried[0]
		if !best.incomplete() || !s.fetchIssuerOf(best.nodes[len(best.nodes)-1], asked) {
			return
		}
		s.again()
		s.run()
	}
}

// fetchIssuerOf asks the URLs of n for its issuer, and reports whether there is one now.
func (s *search) fetchIssuerOf(n *node, asked map[string]bool) (found bool) {
	for _, url := range n.IssuingCertificateURLs() {
		if asked[url] || len(asked) >= maxFetches {
			continue
		}
		asked[url] = true
		body, err := s.req.Fetch.Get(url, maxIssuerBytes)
		if err != nil {
			s.note("fetching %s failed: %s", clip(url), clip(err.Error()))
			continue
		}
		before := len(s.nodes)
		for _, der := range cert.Bundle(body) {
			up := s.node(der, -1)
			up.fetched = url
			if up.subject == n.issuer && s.sent(up) == nil && len(s.nodes) < maxCertificates+maxRoots {
				s.add(up)
			}
		}
		if len(s.nodes) > before {
			return true
		}
		s.note("%s holds no certificate of %s", clip(url), nameOf(n.Issuer, "an issuer without a name"))
	}
	return false
}

// note keeps what is to be said of fetching.
func (s *search) note(format string, args ...any) {
	s.fetchNotes = append(s.fetchNotes, fmt.Sprintf(format, args...))
}

// fetchSaid tells how fetching went, for the end of a message.
func (s *search) fetchSaid() string {
	if len(s.fetchNotes) == 0 {
		return ""
	}
	return "; " + strings.Join(s.fetchNotes, "; ")
}

// again forgets the paths, and keeps what was found out about certificates and signatures.
func (s *search) again() {
	s.tried, s.gaveUp, s.steps = nil, false, 0
	for _, n := range s.nodes {
		n.issuers, n.searched, n.reaches = nil, false, false
	}
}
