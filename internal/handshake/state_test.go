package handshake

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// taken is a transition that the engine made.
type taken struct {
	from state
	on   input
	to   state
}

func (k taken) String() string {
	return fmt.Sprintf("%s --%s--> %s", k.from.name(), inputTitle(k.on), k.to.name())
}

// allTaken runs every flow, good and bad, and collects the transitions.
func allTaken(t *testing.T) map[taken]bool {
	set := make(map[taken]bool)
	look := func(from state, on input, to state) {
		if from != to || from.allows(on) { // what is ignored is no transition
			set[taken{from, on, to}] = true
		}
	}
	for _, s := range scenarios {
		p := newPeer(t, Config{}, s.set)
		p.taken = look
		p.run(s.flow, nil)
	}
	for _, b := range badPeers() {
		b.bad(t, Config{}, look)
	}
	return set
}

func (s state) allows(on input) bool {
	return slices.ContainsFunc(table[s].on, func(t transition) bool { return t.on == on })
}

func TestTheEngineGoesOnlyWhereTheTableSays(t *testing.T) {
	inTable := make(map[taken]bool)
	for from, r := range table {
		for _, x := range r.on {
			for _, to := range x.to {
				inTable[taken{state(from), x.on, to}] = true
			}
		}
	}
	set := allTaken(t)
	for k := range set {
		if !inTable[k] {
			t.Errorf("not in the table: %s", k)
		}
	}
	for k := range inTable {
		if !set[k] {
			t.Errorf("in the table and never taken: %s", k)
		}
	}
}

func TestEveryStateHasANameAndASection(t *testing.T) {
	seen := make(map[string]bool)
	for s, r := range table {
		if r.name == "" || seen[r.name] || !strings.HasPrefix(r.section, "RFC ") {
			t.Errorf("state %d: name %q, section %q", s, r.name, r.section)
		}
		seen[r.name] = true
	}
}

func TestTheDiagramInTheDocumentationIsTheTables(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), "```mermaid\n"+Diagram()+"```\n") {
		t.Error("docs/architecture.md is stale: run go generate ./internal/handshake")
	}
}
