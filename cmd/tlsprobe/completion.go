package main

import (
	"iter"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

// completions tells the shell what the flags of connect may be.
func completions(cmd *cobra.Command) {
	fixed := func(words ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	versions := fixed("tls1.0", "tls1.1", "tls1.2", "tls1.3")
	for flag, f := range map[string]cobra.CompletionFunc{
		"min": versions, "max": versions,
		"roots": cobra.FixedCompletions([]string{"system", "bundled"}, cobra.ShellCompDirectiveDefault),
		"sni":   fixed(), "connect-to": fixed(), "time": fixed(), "timeout": fixed(), "linger": fixed(),
		"color":      fixed("always", "auto", "never"),
		"alpn":       fixed("h2", "http/1.1"),
		"ciphers":    list(func() []string { return registered(iana.AllCipherSuites()) }),
		"groups":     list(func() []string { return registered(iana.AllGroups()) }),
		"key-shares": list(func() []string { return registered(iana.AllGroups()) }),
		"sigalgs":    list(func() []string { return registered(iana.AllSignatureSchemes()) }),
		"only":       list(messageNames),
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, f) // fails only for a flag that is not there
	}
}

// completeShow tells the shell what the flags of show may be. Its file is completed as a file.
func completeShow(cmd *cobra.Command) {
	fixed := func(words ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	for flag, f := range map[string]cobra.CompletionFunc{
		"color": fixed("always", "auto", "never"), "only": list(messageNames), "path": list(messageNames), "message": fixed(),
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, f) // fails only for a flag that is not there
	}
}

// completeVerify tells the shell what the flags of verify may be. Its files are completed as files.
func completeVerify(cmd *cobra.Command) {
	fixed := func(words ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	for flag, f := range map[string]cobra.CompletionFunc{
		"roots":   cobra.FixedCompletions([]string{"system", "bundled"}, cobra.ShellCompDirectiveDefault),
		"purpose": fixed(namesOf(verify.Purposes())...), "rules": fixed(namesOf(verify.AllRules())...),
		"revocation": fixed(namesOf(verify.Revocations())...), "color": fixed("always", "auto", "never"),
		"hostname": fixed(), "time": fixed(), "policy": fixed(), "max-depth": fixed(),
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, f) // fails only for a flag that is not there
	}
}

// completeEnum tells the shell what the flags of enum may be.
func completeEnum(cmd *cobra.Command) {
	fixed := func(words ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	for flag, f := range map[string]cobra.CompletionFunc{
		"roots": cobra.FixedCompletions([]string{"system", "bundled"}, cobra.ShellCompDirectiveDefault),
		"color": fixed("always", "auto", "never"),
		"sni":   fixed(), "connect-to": fixed(), "time": fixed(), "timeout": fixed(), "per-host": fixed(), "rate": fixed(),
		"save-traces": cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, f) // fails only for a flag that is not there
	}
}

// completeScan tells the shell what the flags of scan may be. Its arguments are hosts.
func completeScan(cmd *cobra.Command) {
	completions(cmd)
	none := cobra.FixedCompletions(nil, cobra.ShellCompDirectiveNoFileComp)
	for _, flag := range []string{"shard", "shards", "workers", "per-host", "rate"} {
		_ = cmd.RegisterFlagCompletionFunc(flag, none) // fails only for a flag that is not there
	}
	_ = cmd.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions([]string{failOnUntrusted}, cobra.ShellCompDirectiveNoFileComp))
	cmd.ValidArgsFunction = cobra.NoFileCompletions
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
			if strings.HasPrefix(n, typed[len(before):]) {
				words = append(words, before+n)
			}
		}
		return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

func registered[T code](seq iter.Seq[T]) []string {
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
	all := []string{"record"}
	for _, p := range message.Describe() {
		if !strings.Contains(p, ".") {
			all = append(all, p)
		}
	}
	return all
}

// completeWords completes what explain knows.
func completeWords(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	words := slices.DeleteFunc(knownWords(), func(w string) bool { return !strings.HasPrefix(w, typed) })
	return words, cobra.ShellCompDirectiveNoFileComp
}

// knownWords are the names that explain knows, without the paths.
func knownWords() []string {
	words := registered(iana.AllAlerts())
	words = append(words, registered(iana.AllExtensionTypes())...)
	words = append(words, registered(iana.AllGroups())...)
	words = append(words, registered(iana.AllCipherSuites())...)
	for _, r := range append(finding.Rules(), finding.Checks()...) {
		words = append(words, string(r.ID))
	}
	return words
}

func splitPort(addr string) (host string, port int, err error) {
	host, p, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, err
	}
	port, err = strconv.Atoi(p)
	return host, port, err
}

// completeDecode registers what the flags of decode complete to.
func completeDecode(cmd *cobra.Command) {
	for flag, f := range map[string]cobra.CompletionFunc{
		"roots":  cobra.FixedCompletions([]string{"system", "bundled"}, cobra.ShellCompDirectiveDefault),
		"only":   list(messageNames),
		"color":  cobra.FixedCompletions([]string{"always", "auto", "never"}, cobra.ShellCompDirectiveNoFileComp),
		"stream": cobra.NoFileCompletions, "filter": cobra.NoFileCompletions, "time": cobra.NoFileCompletions,
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, f) // fails only for a flag that is not there
	}
}

// completeAudit tells the shell what the flags of audit may be. Its arguments are hosts.
func completeAudit(cmd *cobra.Command) {
	completeEnum(cmd)
	fixed := func(words ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	for flag, f := range map[string]cobra.CompletionFunc{
		"policy": func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return completePolicies(cmd, nil, typed)
		},
		"fail-on": fixed(failLevels()...), "format": fixed(auditFormats()...), "workers": fixed(),
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, f) // fails only for a flag that is not there
	}
	cmd.ValidArgsFunction = cobra.NoFileCompletions
}
