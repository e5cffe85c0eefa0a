package main

import (
	"fmt"
	"strings"
)

// ownWord is a word of tlsprobe's own that its output uses.
type ownWord struct{ word, kind, text, try string }

// The kinds of own words, and where they are written down.
const (
	outcomeWord = "outcome"
	errorWord   = "kind of error"
	verdictWord = "verdict of verify"
	outputWord  = "output"

	exitCodesPage = "docs/exit-codes.md"
)

// ownWords has the outcomes, verdicts and kinds of errors of docs/exit-codes.md, and words that stand in every ladder.
var ownWords = [...]ownWord{
	{"ok", outcomeWord, "The handshake is done, and the chain and the host name are fine. Exit code 0.", ""},
	{"untrusted", outcomeWord, "The handshake is done, and the chain or the host name failed a check. Exit code 5, with --insecure 0.", "tlsprobe explain with the id of the check that failed, such as chain.root_trust"},
	{"network", outcomeWord, "No connection came about, or no byte came back until the timeout. Exit code 3.", ""},
	{"handshake_failed", outcomeWord, "The connection stood, and the handshake, or what was said after it, came to no good end. Exit code 4.", ""},
	{"interrupted", outcomeWord, "A signal ended it; what was known so far is shown. Exit code 130 or 143.", ""},
	{"internal", outcomeWord, "Something on this side failed: a fault of tlsprobe. Exit code 70.", "report it, with what stands on stderr"},
	{"unknown", outcomeWord, "A capture does not tell: the handshake is encrypted and there are no secrets, some of it is missing, or the certificate was shown in an earlier connection.", "tlsprobe decode with --keylog FILE"},

	{"name_not_found", errorWord, "The name does not exist, or has no address.", "look for a typing error in the name; compare with another resolver"},
	{"lookup_failed", errorWord, "The resolver gave no answer; a later try may succeed.", "try again, or give the address with --connect-to"},
	{"lookup_timeout", errorWord, "The resolver did not answer in time.", "try again, or give the address with --connect-to"},
	{"no_address", errorWord, "The name has no address of the family that -4 or -6 asks for.", "leave -4 or -6 out"},
	{"refused", errorWord, "Nothing listens on the port.", "check the port, and whether the server runs"},
	{"reset", errorWord, "The connection was reset while it was made.", "look for a firewall or a load balancer without servers"},
	{"unreachable", errorWord, "There is no route to the host or its network.", "check the network, and try the other family with -4 or -6"},
	{"permission", errorWord, "This system forbids the connection.", "look for a local firewall or a sandbox"},
	{"connect_failed", errorWord, "There is no connection, for another reason than the usual ones.", ""},
	{"silent", errorWord, "The connection was taken, and nothing came back.", "look for a protocol that waits for the client, or a middlebox that swallows the ClientHello"},
	{"timeout", errorWord, "There was no answer to the connection in time, or the time was up in the middle of the handshake.", "give it more time with --timeout"},
	{"alert", errorWord, "The server ended it with an alert.", "tlsprobe explain with the name of the alert"},
	{"client_alert", errorWord, "The client ended it with an alert; a capture alone tells of that.", "tlsprobe explain with the name of the alert"},
	{"closed", errorWord, "The connection ended, or was reset, before the handshake was done.", "look into the server's log; it gave no reason"},
	{"not_tls", errorWord, "What came is another protocol, or noise.", "check the port; some protocols want STARTTLS first"},
	{"protocol_violation", errorWord, "The server broke a rule, and it could not go on from there.", "tlsprobe explain with the id of the rule"},
	{"incompatible", errorWord, "The server chose something that this engine does not have.", ""},
	{"proof_failed", errorWord, "Finished or a signature is wrong: the peer did not prove who it is.", "look for a key that is not the certificate's, or a middlebox"},
	{"not_trusted", errorWord, "The chain does not verify, and --strict ended the handshake for that.", ""},

	{"no_certificate", errorWord, "The handshake is done, and the server showed no certificate.", ""},
	{"unreadable", errorWord, "A file can't be read as what it should be.", "give certificates in PEM or DER"},

	{"accept", verdictWord, "A path leads to a root of the store, and no check that decides failed. Exit code 0.", ""},
	{"reject", verdictWord, "No path is without a fault, or a check that decides failed. Exit code 1.", "tlsprobe explain with the id of the check that failed"},
	{"inconclusive", verdictWord, "Nothing failed, and something that decides could not be found out. Exit code 6.", "tlsprobe verify -v says what is unknown, and why"},

	{"verdict", outputWord, "The line that says what it all comes to: the outcome, and the failure that counts most.", ""},
	{"middlebox", outputWord, "Something between client and server that reads or changes the traffic: a firewall, a proxy, a load balancer. " +
		"TLS 1.3 sends ChangeCipherSpec only to look familiar to them (RFC 8446, Appendix D.4).", ""},
	{"outcome", outputWord, "The word for what a connection came to: ok, untrusted, network, handshake_failed, interrupted or internal; of a capture also unknown.", ""},
	{"blame", outputWord, "The line that says which side a failure comes from, as far as the bytes tell.", ""},
}

// explainOwnWord says what tlsprobe's own words mean.
func explainOwnWord(b *strings.Builder, word string) {
	for i := range ownWords {
		w := &ownWords[i]
		if !strings.EqualFold(w.word, word) {
			continue
		}
		fmt.Fprintf(b, "%s  (%s)\n  %s\n", w.word, w.kind, w.text)
		row(b, "try", w.try)
		if w.kind != outputWord {
			row(b, "see", exitCodesPage)
		}
	}
}
