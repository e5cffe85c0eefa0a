//go:build !unix && !windows

package dial

// classifyErrno knows no system errors here.
func classifyErrno(error) Kind { return "" }
