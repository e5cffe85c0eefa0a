// Package bench holds the benchmarks that compare tlsprobe with its peers in one run.
// docs/performance.md tells how they are made and what came out.
package bench
