// Package render turns a trace into what a person sees: the ladder of messages with its verdict, the
// field tree of each message, and its bytes tied to the fields. Everything derives from the trace
// alone, so that a saved one looks exactly as the live one did.
//
// Text of the peer reaches the terminal through one place, the canvas, which makes it visible: see
// package safetext.
package render
