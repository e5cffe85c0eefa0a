package diff

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tlsprobe/tlsprobe/internal/explain"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

type event = trace.Event

var unreachable = trace.Trace{Outcome: trace.Network, Error: &trace.Error{Kind: "refused", Message: "connection refused"}}

func described() []string {
	var list []string
	for _, p := range message.Describe() {
		list = append(list, strings.ReplaceAll(p, "[i]", "[0]"))
	}
	return list
}

func TestEveryFieldHasAClass(t *testing.T) {
	for _, p := range described() {
		if f, ok := explain.Path(p); !ok || f.Class == 0 {
			t.Errorf("%s has no class", p)
		}
	}
}

func TestEveryHomeOfAFactIsAPath(t *testing.T) {
	paths := described()
	for _, f := range facts {
		for _, home := range f.homes {
			below := strings.Contains(home, ".cert.tbs.") // DER, which no layout describes
			if !below && !slices.Contains(paths, home) {
				t.Errorf("%s: there is no %s", f.key, home)
			}
		}
	}
	for _, f := range certFacts {
		if _, ok := explain.Path(leaf + ".cert." + f.path); !ok {
			t.Errorf("%s: nothing explains %s", f.key, f.path)
		}
	}
	for _, f := range followers {
		for _, path := range f.paths {
			kind, _, _ := strings.Cut(path, "#")
			if !slices.ContainsFunc(paths, func(p string) bool { return anyCovers(patternsOf([]string{kind}), stepsOf(p)) }) {
				t.Errorf("%s: there is no %s", f.fact, path)
			}
		}
	}
}

func TestEveryMeaningIsOfAFact(t *testing.T) {
	keys := []string{"outcome", "failing"}
	for _, f := range facts {
		keys = append(keys, f.key)
	}
	for _, f := range certFacts {
		keys = append(keys, f.key)
	}
	for _, m := range meanings {
		if !slices.Contains(keys, m.fact) {
			t.Errorf("there is no fact %s", m.fact)
		}
		if m.up == "" || m.down == "" && m.rank != nil {
			t.Errorf("%s has no words for both ways", m.fact)
		}
	}
}

func TestWhatIsComparedByPresenceIsFreshEachTime(t *testing.T) {
	for _, end := range presenceOnly {
		found := false
		for _, p := range append(described(), "x.trailing", "x.body") {
			if strings.HasSuffix(p, end) && classOf(p) == explain.Ephemeral {
				found = true
			}
		}
		if !found {
			t.Errorf("no field ends in %s", end)
		}
	}
}

func TestAlignmentKeepsTheLongestOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		a, b := letters(rng), letters(rng)
		p := pair(a, b)
		inA, inB := make([]bool, len(a)), make([]bool, len(b))
		for _, q := range p.pairs {
			if a[q[0]] != b[q[1]] || inA[q[0]] || inB[q[1]] {
				t.Fatalf("%v, %v: %v", a, b, p.pairs)
			}
			inA[q[0]], inB[q[1]] = true, true
		}
		if len(p.pairs)+len(p.onlyA) != len(a) || len(p.pairs)+len(p.onlyB) != len(b) {
			t.Fatalf("%v, %v: %+v", a, b, p)
		}
		if stays := len(p.pairs) - len(p.outOfIt); stays != longest(p.pairs) {
			t.Fatalf("%v, %v: %d stay, and %d could: %+v", a, b, stays, longest(p.pairs), p)
		}
		merged := p.merged(len(a), len(b))
		if len(merged) != len(p.pairs)+len(p.onlyA)+len(p.onlyB) {
			t.Fatalf("%v, %v: merged to %v", a, b, merged)
		}
		seenA, seenB := map[int]bool{}, map[int]bool{}
		for _, m := range merged {
			if m[0] >= 0 && seenA[m[0]] || m[1] >= 0 && seenB[m[1]] {
				t.Fatalf("%v, %v: merged to %v", a, b, merged)
			}
			seenA[m[0]], seenB[m[1]] = true, true
		}
	}
}

func letters(rng *rand.Rand) []string {
	list := make([]string, rng.IntN(8))
	for i := range list {
		list[i] = string(rune('a' + rng.IntN(5)))
	}
	return list
}

// longest is the length of the longest rising run, by trying.
func longest(pairs [][2]int) int {
	best := make([]int, len(pairs))
	most := 0
	for i := range pairs {
		best[i] = 1
		for k := range i {
			if pairs[k][0] < pairs[i][0] {
				best[i] = max(best[i], best[k]+1)
			}
		}
		most = max(most, best[i])
	}
	return most
}

func TestAPrefixSelectsWhatIsBelow(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"client_hello", "client_hello.random", true},
		{"client_hello", "client_hello#2.random", true},
		{"client_hello#1", "client_hello#2.random", false},
		{"client_hello#1", "client_hello.random", true},
		{"client_hello#2", "client_hello#2.random", true},
		{"client_hello#2", "client_hello.random", false},
		{"ClientHello.random", "client_hello.random", true},
		{"client", "client_hello.random", false},
		{"*.random", "server_hello.random", true},
		{"client_hello.cipher_suites", "client_hello.cipher_suites[3]", true},
		{"client_hello.cipher_suites[*]", "client_hello.cipher_suites[3]", true},
		{"client_hello.cipher_suites[4]", "client_hello.cipher_suites[3]", false},
		{"certificate.certificate_list[0].cert", "certificate.certificate_list[0].cert.tbs.validity", true},
		{"client_hello.random.bytes", "client_hello.random", false},
		{"", "client_hello", false},
	} {
		if got := patternsOf([]string{c.pattern})[0].covers(stepsOf(c.path)); got != c.want {
			t.Errorf("%q covers %q: %v", c.pattern, c.path, got)
		}
	}
}
