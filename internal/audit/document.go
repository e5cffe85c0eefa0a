package audit

import (
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// DocumentSchema names the version of the document. What it fixes changes only with a new number.
const DocumentSchema = "tlsprobe.enum/1"

// Status is what came of a question.
type Status string

// The statuses. Skip: does not apply here. Unknown: should have been answered and could not be, or can't
// be asked yet. Both say why.
const (
	Yes     Status = "yes"
	No      Status = "no"
	Unknown Status = "unknown"
	Skip    Status = "skip"
)

// Document is what was found out about an endpoint. Its keys are always there, null where there is
// nothing; two runs give the same, apart from started, cost and the numbers of connections.
type Document struct {
	Schema       string            `json:"schema"`
	Tool         trace.Tool        `json:"tool"`
	Started      time.Time         `json:"started"`
	Target       Target            `json:"target"`
	Protocols    []Protocol        `json:"protocols"`    // newest first
	Groups       []GroupList       `json:"groups"`       // of TLS 1.3, and of the newest version before it
	DH           []DHParameters    `json:"dh"`           // what DHE before TLS 1.3 agrees over
	PostQuantum  []HybridRow       `json:"post_quantum"` // what is picked from which offer, where there is a group that withstands quantum computers
	Certificates []Certificate     `json:"certificates"` // in the order of what they were given for first
	Signatures   []SchemeList      `json:"signatures"`   // what each key signs handshakes with
	ALPN         []string          `json:"alpn"`         // in the server's order, where it has one
	Handshake    *Handshake        `json:"handshake"`    // null where none was made
	HTTP         *HTTP             `json:"http"`         // null where it does not answer in HTTP, or was not asked
	Questions    []Question        `json:"questions"`    // every question there is, answered or not
	Findings     []finding.Finding `json:"findings"`
	Addresses    []Address         `json:"addresses"` // the others of the name, where they were asked for
	Cost         Cost              `json:"cost"`
}

// Target is what was asked.
type Target struct {
	Input   string `json:"input"` // as it was given
	Host    string `json:"host"`
	Port    uint16 `json:"port"`
	SNI     string `json:"sni"`     // the name in server_name; empty for none
	Address string `json:"address"` // where it was reached, with the port
}

// Answer is what came of one question.
type Answer struct {
	Status     Status `json:"status"`     // yes, no, unknown or skip
	Reason     string `json:"reason"`     // why it is unknown or does not apply, or how it was said; may hold peer text
	Connection int    `json:"connection"` // the number of the connection that shows it; 0 for none

	byClosing bool // it rests on closed connections, which say nothing if the server is unreliable
	cannot    bool // unknown, and nobody's fault: it can't be asked here
}

// Protocol is what was found out about one version.
type Protocol struct {
	Version    *trace.Code `json:"version"`
	Support    Answer      `json:"support"`
	Suites     []Suite     `json:"suites"`     // in the server's order where it has one
	Complete   Answer      `json:"complete"`   // whether these are all; no is never said
	Preference Preference  `json:"preference"` // whose order counts: server, client, none (there is no choice) or unknown
	ChaCha     Answer      `json:"chacha"`     // whether ChaCha20 comes first for clients that lead with it
}

// Suite is a suite that the server chose.
type Suite struct {
	Suite      *trace.Code `json:"suite"`
	Strength   string      `json:"strength"` // a word: good, fair (no forward secrecy, or CBC), weak or broken
	Why        string      `json:"why"`      // what is wrong with it; empty where nothing is
	Connection int         `json:"connection"`
}

// GroupList is what groups a version agrees over.
type GroupList struct {
	Version    *trace.Code `json:"version"`
	How        string      `json:"how"` // what shows them: HelloRetryRequest, shares or ServerKeyExchange
	Groups     []Group     `json:"groups"`
	Complete   Answer      `json:"complete"`
	Preference Preference  `json:"preference"`
}

// Group is a group that the server chose.
type Group struct {
	Group       *trace.Code `json:"group"`
	Strength    int         `json:"strength"`     // classical, in bits; 0 where it is not known
	PostQuantum bool        `json:"post_quantum"` // it withstands quantum computers
	Connection  int         `json:"connection"`
}

// DHParameters is a group of a finite field as a server sends it.
type DHParameters struct {
	Offered    string `json:"offered"` // which groups the client named: none or ffdhe
	Bits       int    `json:"bits"`    // of the prime
	Strength   int    `json:"strength"`
	Generator  string `json:"generator"` // hexadecimal
	Known      string `json:"known"`     // where the prime is from; empty where nobody knows it
	Prime      string `json:"prime"`     // safe prime, prime, composite, or unknown where it was too large to look at
	SHA256     string `json:"sha256"`    // of the prime
	Connection int    `json:"connection"`
}

// HybridRow is a line of the truth table: an offer, and what the server picked.
type HybridRow struct {
	Group  Code        `json:"group"`  // the one that withstands quantum computers
	Offer  string      `json:"offer"`  // what it is for
	Groups []Code      `json:"groups"` // in the client's order
	Shares []Code      `json:"shares"`
	Picked *trace.Code `json:"picked"` // null where it picked none
	Retry  bool        `json:"retry"`  // by HelloRetryRequest
	Answer Answer      `json:"answer"`

	savesTrip bool // to pick another saves a round trip at the cost of the protection
}

// Code is a code point.
type Code = trace.Code

// Certificate is a chain that the server has.
type Certificate struct {
	Asked      []string          `json:"asked"` // what it was given for, each a version, a kind of key and whether with the name
	SHA256     string            `json:"sha256"`
	Subject    string            `json:"subject"`
	Issuer     string            `json:"issuer"`
	NotBefore  *time.Time        `json:"not_before"`
	NotAfter   *time.Time        `json:"not_after"`
	Key        string            `json:"key"`
	Chain      [][]byte          `json:"chain"` // DER, as received
	Stapled    bool              `json:"stapled"`
	SCTs       int               `json:"scts"`    // in the TLS extension
	Verdict    string            `json:"verdict"` // accept, reject or inconclusive
	Checks     []finding.Finding `json:"checks"`
	Connection int               `json:"connection"`
}

// SchemeList is what a kind of key signs with in a version.
type SchemeList struct {
	Version    *trace.Code `json:"version"`
	Key        string      `json:"key"` // the kind: RSA, ECDSA, …
	Schemes    []Scheme    `json:"schemes"`
	Complete   Answer      `json:"complete"`
	Preference Preference  `json:"preference"`
}

// Scheme is a scheme that the server signed with.
type Scheme struct {
	Scheme     *trace.Code `json:"scheme"`
	Connection int         `json:"connection"`
}

// Question is one question and its answer.
type Question struct {
	ID      string   `json:"id"`
	What    string   `json:"what"`
	How     string   `json:"how"`
	Answer  Answer   `json:"answer"`
	Values  []string `json:"values"`  // what there is, where the question is about that
	Askable bool     `json:"askable"` // false: this version of the tool can't ask it yet
}

// Cost is what it took.
type Cost struct {
	Connections int    `json:"connections"`
	Sent        int64  `json:"sent"`       // bytes of TLS
	Received    int64  `json:"received"`   // bytes of TLS
	Ms          int64  `json:"ms"`         // milliseconds
	BackedOff   int    `json:"backed_off"` // how often the server refused to be asked so fast
	Unreliable  string `json:"unreliable"` // what it said when it answered the same question in two ways; empty where it did not
}

func yesAt(connection int) Answer { return Answer{Status: Yes, Connection: connection} }

func skipped(why string) Answer { return Answer{Status: Skip, Reason: why} }

func unknownOf(why string) Answer { return Answer{Status: Unknown, Reason: why} }

// cannot is unknown without being anybody's fault.
func cannot(why string) Answer { return Answer{Status: Unknown, Reason: why, cannot: true} }

func unknownFrom(a *answer) Answer {
	return Answer{Status: Unknown, Reason: a.reason, Connection: a.connection}
}

// noFrom turns a refusal into a no, and what says nothing into unknown.
func noFrom(a *answer) Answer {
	if a.outcome != refused {
		return unknownFrom(a)
	}
	return Answer{Status: No, Reason: a.reason, Connection: a.connection, byClosing: a.closed}
}

// completeFrom says whether a list is complete, by how its elimination ended.
func completeFrom(end *answer) Answer {
	if end.outcome != refused {
		return unknownFrom(end)
	}
	return Answer{Status: Yes, Connection: end.connection, byClosing: end.closed}
}

// settle takes back what rests on closed connections, where there is a doubt about them.
func (a *Answer) settle(doubt string) {
	if a.byClosing && doubt != "" {
		a.Status, a.Reason = Unknown, doubt
	}
}
