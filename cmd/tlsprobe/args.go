package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/demo"
)

// What commands take beside flags. Each says what is missing or too much, and what to write.

// knownCommand is for the root: what stands there is a command that does not exist.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	hint := "tlsprobe --help lists the commands"
	if best := nearest(args[0], names); best != "" {
		hint = "did you mean tlsprobe " + best + "?"
	}
	return usage(hint, "unknown command %q", args[0])
}

// knownSubcommand is for a command that only has others below it.
func knownSubcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	hint := "there is " + strings.Join(names, ", ")
	if best := nearest(args[0], names); best != "" {
		hint = "did you mean " + cmd.CommandPath() + " " + best + "?"
	}
	return usage(hint, "%s has no command %q", cmd.Name(), args[0])
}

// onePolicy is for policy show and policy check.
func onePolicy(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usage(cmd.CommandPath()+" corp.yaml, or - for stdin; tlsprobe policy list names those that are built in", "%s wants a policy, and was given none", cmd.Name())
	case 1:
		return nil
	}
	return usage("one at a time", "%s wants one policy, and was given %d: %s", cmd.Name(), len(args), strings.Join(args, ", "))
}

// nothing is for commands that take flags only.
func nothing(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usage(cmd.CommandPath()+" --help", "%s takes no argument, and was given %q", cmd.Name(), args[0])
}

// nothingButFlags is for the demo, where a scenario goes behind a flag.
func nothingButFlags(cmd *cobra.Command, args []string) error {
	err := nothing(cmd, args)
	if err == nil {
		return nil
	}
	if _, unknown := demo.Find(args[0]); unknown == nil {
		return usage("did you mean tlsprobe demo --scenario "+args[0]+"?", "demo takes no argument, and was given %q", args[0])
	}
	return err
}

// oneHost is for connect.
func oneHost(_ *cobra.Command, args []string) error { return wantHost("connect", args) }

// wantHost is for the commands that take one host.
func wantHost(command string, args []string) error {
	switch len(args) {
	case 0:
		return usage("tlsprobe "+command+" example.com, or example.com:8443", "%s wants a host, and was given none", command)
	case 1:
		return nil
	}
	return usage("one at a time; a flag's value with a space in it needs quotes", "%s wants one host, and was given %d: %s", command, len(args), strings.Join(args, ", "))
}

// oneChain is for verify.
func oneChain(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usage("tlsprobe verify chain.pem, or - for stdin; of a server: tlsprobe connect example.com", "verify wants a file with a chain, and was given none")
	case 1:
		return nil
	}
	return usage("put the certificates into one file, the server's own first", "verify wants one file, and was given %d: %s", len(args), strings.Join(args, ", "))
}

// oneTrace is for show.
func oneTrace(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usage("tlsprobe show trace.json, or - for stdin; tlsprobe connect HOST --save FILE writes one", "show wants a file with a trace, and was given none")
	case 1:
		return nil
	}
	return usage("one at a time", "show wants one file, and was given %d: %s", len(args), strings.Join(args, ", "))
}

// someCertificates is for cert.
func someCertificates(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage("tlsprobe cert chain.pem, or example.com, or - for stdin", "cert wants a file or a host, and was given none")
	}
	return nil
}

// knownSchema is for schema.
func knownSchema(cmd *cobra.Command, args []string) error {
	hint := "tlsprobe schema " + joinWords(schemaNames())
	switch {
	case len(args) == 0:
		return usage(hint, "schema wants the name of a document, and was given none")
	case len(args) > 1 || schemaOf(args[0]) == nil:
		return usage(hint, "there is no schema of %q", strings.Join(args, " "))
	}
	return nil
}

// oneCapture is for decode.
func oneCapture(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usage("tlsprobe decode capture.pcapng, or - for stdin", "decode wants a capture, and was given none")
	case 1:
		return nil
	}
	return usage("one at a time; mergecap makes one of several", "decode wants one capture, and was given %d: %s", len(args), strings.Join(args, ", "))
}
