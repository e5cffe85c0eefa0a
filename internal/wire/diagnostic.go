package wire

// Problem is what kind of fault a reader met.
type Problem uint8

// The problems.
const (
	// Truncated: a field needs more bytes than its block has left.
	Truncated Problem = iota + 1
	// LengthOverrun: a length says more than what encloses it holds.
	LengthOverrun
	// LengthOutOfBounds: a length is outside the limits of the presentation language.
	LengthOutOfBounds
	// Trailing: a block holds more than its layout.
	Trailing
)

// Diagnostic is one fault, with the range of bytes that shows it.
type Diagnostic struct {
	Problem  Problem
	Path     string
	Off, Len int // in the buffer that was read
	Expected string
	Actual   string
}

// maxDiagnostics bounds what a hostile message can make us remember.
const maxDiagnostics = 64

// remembers tells whether another diagnostic would be kept: the words of one that is not cost time, too.
func (c *Codec) remembers() bool { return len(c.diags) < maxDiagnostics }

func (c *Codec) diagnose(p Problem, name string, off, n int, expected, actual string) {
	if !c.remembers() {
		return
	}
	c.diags = append(c.diags, Diagnostic{p, c.path(name), off, n, expected, actual})
}

// Diagnose lets a layout report a fault of its own about the n bytes at off.
func (c *Codec) Diagnose(p Problem, name string, off, n int, expected, actual string) {
	c.diagnose(p, name, off, n, expected, actual)
}
