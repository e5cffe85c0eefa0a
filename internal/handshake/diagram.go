package handshake

import "strings"

//go:generate go run ./gen ../../docs/architecture.md

// Diagram draws the table of states as a Mermaid state diagram. That any state may lead to "failed",
// and that an established session ends in "closed", is left out.
func Diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n    direction TB\n")
	for from := range table {
		for _, t := range table[from].on {
			for _, to := range t.to {
				b.WriteString("    " + diagramName(state(from)) + " --> " + to.name() + ": " + inputTitle(t.on) + "\n")
			}
		}
	}
	return b.String()
}

func diagramName(s state) string {
	if s == start {
		return "[*]"
	}
	return s.name()
}
