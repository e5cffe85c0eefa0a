package cert

// PSSParams are RSASSA-PSS parameters with the defaults filled in. RFC 4055, Section 3.1.
type PSSParams struct {
	Hash       OID // sha1 by default
	MaskGen    OID // mgf1 by default
	MaskHash   OID // of mgf1; sha1 by default
	SaltLength int // 20 by default
	Trailer    int // 1 by default and always
}

// ParsePSSParams reads RSASSA-PSS-params at the start of r.
func ParsePSSParams(r *Reader) PSSParams {
	const field = "RSASSA-PSS-params"
	v := PSSParams{Hash: OID(OIDSHA1), MaskGen: OID(OIDMGF1), MaskHash: OID(OIDSHA1), SaltLength: 20, Trailer: 1}
	e, ok := r.Read(field, TagSequence)
	r.End(field)
	if !ok {
		return v
	}
	inner := r.Inside(e)
	if e, ok := inner.Optional(field, ContextConstructed(0)); ok {
		x := inner.Inside(e)
		v.Hash = readAlgorithm(&x, field+".hashAlgorithm").OID
	}
	if e, ok := inner.Optional(field, ContextConstructed(1)); ok {
		x := inner.Inside(e)
		mask := readAlgorithm(&x, field+".maskGenAlgorithm")
		v.MaskGen = mask.OID
		params := NewReader(mask.Params, mask.ParamsOff, r.notes)
		v.MaskHash = readAlgorithm(&params, field+".maskGenAlgorithm.parameters").OID
	}
	if e, ok := inner.Optional(field, ContextConstructed(2)); ok {
		v.SaltLength = readCount(&inner, e, field+".saltLength")
	}
	if e, ok := inner.Optional(field, ContextConstructed(3)); ok {
		v.Trailer = readCount(&inner, e, field+".trailerField")
	}
	inner.End(field)
	return v
}

// readCount reads the INTEGER in an explicitly tagged element.
func readCount(r *Reader, e Element, field string) int {
	x := r.Inside(e)
	n, ok := x.Read(field, TagInteger)
	x.End(field)
	if !ok {
		return 0
	}
	return skipCount(&x, n, field)
}

// PSS returns the parameters of an RSASSA-PSS signature algorithm; ok is false for another algorithm.
func (a AlgorithmIdentifier) PSS() (params PSSParams, ok bool, problems []Problem) {
	if !a.OID.Is(OIDRSAPSS) {
		return PSSParams{}, false, nil
	}
	var notes Notes
	r := NewReader(a.Params, a.ParamsOff, &notes)
	params = ParsePSSParams(&r)
	return params, true, notes.list
}
