package explain

import (
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// normalise appends the steps of a path in the form of the table: [12] becomes [i], #2 goes away,
// and an extension's number becomes GREASE or UNKNOWN.
func normalise(path string, steps []string) []string {
	for more := true; more; {
		var step string
		step, path, more = strings.Cut(path, ".")
		steps = append(steps, normaliseStep(step))
	}
	return steps
}

func normaliseStep(step string) string {
	name, index, listed := strings.Cut(step, "[")
	name, _, _ = strings.Cut(name, "#")
	switch {
	case listed && index == "i]" && len(name)+3 == len(step):
		return step
	case listed:
		return name + "[i]"
	}
	digits, numbered := strings.CutPrefix(name, "0x")
	if !numbered {
		return name
	}
	n, err := strconv.ParseUint(digits, 16, 16)
	switch {
	case err != nil:
		return name
	case iana.ExtensionType(n).IsGREASE():
		return "GREASE"
	}
	return "UNKNOWN"
}
