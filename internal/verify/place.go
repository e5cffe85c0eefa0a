package verify

import (
	"errors"
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/signature"
)

// placeFaults returns what is wrong with up as the issuer of the last certificate of path, because of what is below it.
func (s *search) placeFaults(path []*node, up *node) []finding.Finding {
	var faults []finding.Finding
	between := 0 // intermediates below up, self-issued ones not counted
	for _, n := range path[1:] {
		if !n.selfIssued {
			between++
		}
	}
	if up.basic != nil && up.basic.CA && up.basic.PathLen >= 0 && between > up.basic.PathLen {
		f := of(finding.PathLen, up)
		f.Message = fmt.Sprintf("%s allows %s below it, and there are %d", up.label(), count(up.basic.PathLen, "intermediate"), between)
		f.Expected, f.Actual = fmt.Sprint("at most ", up.basic.PathLen), fmt.Sprint(between)
		faults = append(faults, f)
	}
	if !up.anchor && !up.selfIssued {
		between++
	}
	if limit := s.req.MaxDepth; limit != nil && between > *limit {
		f := of(finding.PathLen, up)
		f.Message, f.Ref = "the path has more intermediates than were asked for", ""
		f.Expected, f.Actual = fmt.Sprint("at most ", *limit), fmt.Sprint(between)
		faults = append(faults, f)
	}
	if up.constraints != nil {
		faults = append(faults, s.constraintFaults(path, up)...)
	}
	return faults
}

// signatureFault says why the signature of child isn't that of issuer.
func signatureFault(child, issuer *node, err error) finding.Finding {
	f := of(finding.ChainSignature, child)
	f.Expected = "a signature by the key of " + issuer.label() + ", " + issuer.PublicKey.String()
	f.Actual = err.Error()
	var mismatch *signature.MismatchError
	switch {
	case errors.Is(err, signature.ErrBad):
		f.Message = child.label() + " names " + issuer.label() + " as its issuer, and isn't signed with that certificate's key"
		if child.keyIDDiffers(issuer) {
			f.Message += "; the key identifiers differ too, so there is another key under that name"
			f.Expected, f.Actual = fmt.Sprintf("authority key identifier %x", clip(string(issuer.ski))), fmt.Sprintf("%x", clip(string(child.aki.KeyID)))
			f.Fix = "use the issuer's certificate for the key that signed"
		}
	case errors.As(err, &mismatch):
		f.Message = child.label() + " is signed with " + mismatch.Algorithm.String() + ", and " + issuer.label() + " has another kind of key"
		f.Actual = mismatch.Algorithm.String()
	case errors.Is(err, errNoAlgorithm), errors.Is(err, signature.ErrUnsupported), errors.Is(err, signature.ErrTooLarge),
		errors.Is(err, errTooManySignatures):
		f.Status, f.Severity = finding.Unknown, finding.None
		f.Message = "the signature of " + child.label() + " can't be verified: " + err.Error()
		f.Actual, f.Fix = child.SignatureAlgorithm.String(), ""
	default:
		f.Message = "the signature of " + child.label() + " can't be right: " + err.Error()
	}
	return f
}
