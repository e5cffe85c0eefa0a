package main

import (
	"net"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// completions tells the shell what the flags of connect may be.
func completions(cmd *cobra.Command) {
	fixed := func(words ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	versions := fixed("tls1.0", "tls1.1", "tls1.2", "tls1.3")
	for flag, f := range map[string]cobra.CompletionFunc{
		"min": versions, "max": versions,
		"color":      fixed("always", "auto", "never"),
		"alpn":       fixed("h2", "http/1.1"),
		"ciphers":    list(func() []string { return names(iana.AllCipherSuites()) }),
		"groups":     list(func() []string { return names(iana.AllGroups()) }),
		"key-shares": list(func() []string { return names(iana.AllGroups()) }),
		"sigalgs":    list(func() []string { return names(iana.AllSignatureSchemes()) }),
		"only":       list(messageNames),
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, f) // fails only for a flag that is not there
	}
}

// list completes the last member of a comma-separated list.
func list(all func() []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		before := ""
		if i := strings.LastIndexByte(typed, ','); i >= 0 {
			before = typed[:i+1]
		}
		var words []string
		for _, n := range all() {
			words = append(words, before+n)
		}
		return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

func names[T interface{ Name() string }](seq func(func(T) bool)) []string {
	var all []string
	for v := range seq {
		if n := v.Name(); n != "" {
			all = append(all, n)
		}
	}
	return all
}

// messageNames are the first steps of the paths.
func messageNames() []string {
	var all []string
	for _, p := range message.Describe() {
		if !strings.Contains(p, ".") {
			all = append(all, p)
		}
	}
	return all
}

// completeWords completes what explain knows.
func completeWords(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	words := names(iana.AllAlerts())
	words = append(words, names(iana.AllExtensionTypes())...)
	words = append(words, names(iana.AllGroups())...)
	words = append(words, names(iana.AllCipherSuites())...)
	for _, r := range append(finding.Rules(), finding.Checks()...) {
		words = append(words, string(r.ID))
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// nearestFlag suggests a flag for one that is unknown.
func nearestFlag(cmd *cobra.Command, err error) string {
	m := regexp.MustCompile(`unknown flag: --(\S+)`).FindStringSubmatch(err.Error())
	if m == nil {
		return cmd.CommandPath() + " --help"
	}
	best, distance := "", 4
	for _, name := range flagNames(cmd) {
		if d := editDistance(m[1], name); d < distance {
			best, distance = name, d
		}
	}
	if best == "" {
		return cmd.CommandPath() + " --help"
	}
	return "did you mean --" + best + "?"
}

// editDistance is the number of letters to insert, delete or replace to make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

func splitPort(addr string) (host string, port int, err error) {
	host, p, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, err
	}
	port, err = strconv.Atoi(p)
	return host, port, err
}
