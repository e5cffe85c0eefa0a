package demo

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/nearest"
)

// Outcome is what a client with an ordinary configuration and the server's roots comes to; the
// words are those of the trace document.
type Outcome string

// The outcomes of scenarios.
const (
	OutcomeOK              Outcome = "ok"
	OutcomeUntrusted       Outcome = "untrusted"
	OutcomeHandshakeFailed Outcome = "handshake_failed"
	OutcomeNetwork         Outcome = "network"
)

// Scenario is a server that shows one thing.
type Scenario struct {
	// Name is what --scenario takes.
	Name string
	// Summary is one line about what there is to see.
	Summary string
	// Args are the flags of `tlsprobe connect` that the scenario needs, besides --roots.
	Args []string
	// Expect is the outcome of a connection with these flags.
	Expect Outcome

	identity identity
	// client lets the server's authority issue a certificate for the client, too.
	client bool
	config func(*tls.Config)
	// wrap puts something between TLS and the socket.
	wrap func(context.Context, net.Conn) net.Conn
	// talk is what is done after the handshake; nil is answer.
	talk talk
	// raw is what is done instead of TLS.
	raw rawPeer
}

// UnknownScenarioError tells that there is no scenario of that name.
type UnknownScenarioError struct {
	Name string
	// Suggestions are similar names, the best first, at most three.
	Suggestions []string
}

// Error implements error.
func (e *UnknownScenarioError) Error() string { return fmt.Sprintf("unknown scenario %q", e.Name) }

// Hint says what may have been meant.
func (e *UnknownScenarioError) Hint() string {
	if len(e.Suggestions) == 0 {
		return "--list shows all scenarios"
	}
	return "did you mean " + strings.Join(e.Suggestions, ", ") + "? --list shows all scenarios"
}

// Find returns the scenario of that name. The error is an *UnknownScenarioError.
func Find(name string) (Scenario, error) {
	all := Scenarios()
	for _, s := range all {
		if s.Name == name {
			return s, nil
		}
	}
	return Scenario{}, &UnknownScenarioError{Name: name, Suggestions: similar(name, all)}
}

// similar returns the names that name may stand for.
func similar(name string, all []Scenario) []string {
	const tooFar = 3
	type candidate struct {
		name string
		far  int
	}
	if len(name) > 64 {
		return nil
	}
	name = strings.ToLower(name)
	plain := strings.NewReplacer("-", "", "_", "", ".", "", " ", "")
	var found []candidate
	for _, s := range all {
		far := nearest.Distance(name, s.Name)
		switch {
		case plain.Replace(name) == plain.Replace(s.Name):
			far = 0
		case len(name) >= 3 && strings.Contains(s.Name, name):
			far = min(far, 2)
		}
		if far < tooFar && far < len(name) {
			found = append(found, candidate{s.Name, far})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.far - b.far })
	var names []string
	for _, c := range found[:min(len(found), 3)] {
		names = append(names, c.name)
	}
	return names
}
