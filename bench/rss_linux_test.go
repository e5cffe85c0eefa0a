//go:build linux

package bench

import (
	"os/exec"
	"syscall"
	"testing"
)

// peakKB returns the peak resident memory of a process, in kB.
func peakKB(b *testing.B, args []string) int64 {
	cmd := exec.Command(args[0], args[1:]...)
	if err := cmd.Run(); cmd.ProcessState == nil {
		b.Fatal(err)
	}
	return cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
}
