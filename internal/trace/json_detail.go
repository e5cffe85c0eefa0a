package trace

// appendKeys appends the keys of a detail inside its braces, in the order of the struct and by its
// tags; a test compares them with what the tags say.

func (d *Lookup) appendKeys(b []byte) []byte {
	b = appendStringKey(b, "name", d.Name)
	b = appendStrings(b, "addresses", d.Addresses)
	b = appendMs(b, "ms", d.Ms)
	return appendStringIf(b, "error", d.Error)
}

func (d *Attempt) appendKeys(b []byte) []byte {
	b = appendStringKey(b, "address", d.Address)
	b = appendStringKey(b, "why", d.Why)
	b = appendMs(b, "ms", d.Ms)
	return appendStringIf(b, "error", d.Error)
}

func (d *Connected) appendKeys(b []byte) []byte {
	b = appendStringKey(b, "local", d.Local)
	b = appendStringKey(b, "remote", d.Remote)
	b = appendMs(b, "ms", d.Ms)
	return appendMsOrNull(b, "rtt_ms", d.RTTMs)
}

func (d *Record) appendKeys(b []byte) []byte {
	b = appendInt(b, "number", d.Number)
	b = appendCode(b, "content_type", d.ContentType)
	b = appendCode(b, "version", d.Version)
	b = appendInt(b, "length", d.Length)
	b = appendBool(b, "protected", d.Protected)
	b = appendStringIf(b, "epoch", d.Epoch)
	b = appendUint(b, "sequence", d.Sequence)
	if d.InnerType != nil {
		b = appendCode(b, "inner_type", d.InnerType)
	}
	if d.Padding != 0 {
		b = appendInt(b, "padding", d.Padding)
	}
	if d.Plaintext != nil {
		b = appendInt(b, "plaintext", *d.Plaintext)
	}
	return b
}

func (d *Secret) appendKeys(b []byte) []byte {
	b = appendStringKey(b, "label", d.Label)
	b = appendStringKey(b, "from", d.From)
	b = appendInt(b, "length", d.Length)
	b = appendStringIf(b, "key_log", d.KeyLog)
	return appendStringIf(b, "value", d.Value)
}

func (d *Keys) appendKeys(b []byte) []byte {
	b = appendStringKey(b, "direction", d.Direction)
	b = appendStringKey(b, "epoch", d.Epoch)
	return appendCode(b, "cipher_suite", d.CipherSuite)
}

func (d *Exchange) appendKeys(b []byte) []byte {
	b = appendStringKey(b, "method", d.Method)
	b = appendCode(b, "group", d.Group)
	b = appendInt(b, "bits", d.Bits)
	b = appendStringIf(b, "known", d.Known)
	b = appendInt(b, "strength", d.Strength)
	b = appendBool(b, "quantum", d.Quantum)
	return appendInt(b, "secret", d.Secret)
}

func (d *ClientFingerprint) appendKeys(b []byte) []byte {
	b = appendStringKey(b, "ja3", d.JA3)
	b = appendStringKey(b, "ja3_full", d.JA3Full)
	b = appendStringKey(b, "ja4", d.JA4)
	return appendStringKey(b, "ja4_r", d.JA4Raw)
}

func (d *ServerFingerprint) appendKeys(b []byte) []byte {
	b = appendStringKey(b, "ja3s", d.JA3S)
	return appendStringKey(b, "ja3s_full", d.JA3SFull)
}

func (d *State) appendKeys(b []byte) []byte { return appendStringKey(b, "ref", d.Ref) }

func (d *Check) appendKeys(b []byte) []byte { return appendStringIf(b, "subject", d.Subject) }

func (d *AlertDetail) appendKeys(b []byte) []byte {
	b = appendCode(b, "level", d.Level)
	return appendCode(b, "description", d.Description)
}

func (d *Data) appendKeys(b []byte) []byte {
	b = appendInt(b, "length", d.Length)
	b = appendInt(b, "kept", d.Kept)
	if d.Early {
		b = appendBool(b, "early", true)
	}
	return b
}

func (d *Closed) appendKeys(b []byte) []byte { return appendStringKey(b, "how", d.How) }

func (d *Opaque) appendKeys(b []byte) []byte {
	b = appendInt(b, "records", d.Records)
	return appendInt(b, "bytes", d.Bytes)
}

func (d *Segment) appendKeys(b []byte) []byte {
	b = appendInt(b, "bytes", d.Bytes)
	return appendInt(b, "count", d.Count)
}

func (d *Foreign) appendKeys(b []byte) []byte {
	b = appendStringKey(b, "protocol", d.Protocol)
	return appendStringKey(b, "first_line", d.FirstLine)
}

func (d *Omitted) appendKeys(b []byte) []byte {
	b = appendInt(b, "records", d.Records)
	return appendInt(b, "bytes", d.Bytes)
}

// blankDetail returns the struct for the detail of an event, nil where a layer has none.
func blankDetail(layer Layer, kind string) Detail {
	for i := range details {
		if d := &details[i]; d.layer == layer && (d.kind == kind || d.kind == "") {
			return d.blank()
		}
	}
	return nil
}

// details says which detail an event has; an empty kind stands for every one of the layer.
var details = [...]struct {
	layer Layer
	kind  string
	blank func() Detail
}{
	{LayerNet, "lookup", func() Detail { return new(Lookup) }},
	{LayerNet, "attempt", func() Detail { return new(Attempt) }},
	{LayerNet, "connected", func() Detail { return new(Connected) }},
	{LayerNet, "closed", func() Detail { return new(Closed) }},
	{LayerNet, "foreign", func() Detail { return new(Foreign) }},
	{LayerNet, "omitted", func() Detail { return new(Omitted) }},
	{LayerNet, "opaque", func() Detail { return new(Opaque) }},
	{LayerNet, "retransmission", func() Detail { return new(Segment) }},
	{LayerNet, "overlap", func() Detail { return new(Segment) }},
	{LayerNet, "reordering", func() Detail { return new(Segment) }},
	{LayerNet, "gap", func() Detail { return new(Segment) }},
	{LayerNet, "cut_short", func() Detail { return new(Segment) }},
	{LayerNet, "mid_stream", func() Detail { return new(Segment) }},
	{LayerNet, "reset", func() Detail { return new(Segment) }},
	{LayerRecord, "", func() Detail { return new(Record) }},
	{LayerMessage, kindClientHello, func() Detail { return new(ClientFingerprint) }},
	{LayerMessage, kindServerHello, func() Detail { return new(ServerFingerprint) }},
	{LayerMessage, kindHelloRetryRequest, func() Detail { return new(ServerFingerprint) }},
	{LayerKey, "secret", func() Detail { return new(Secret) }},
	{LayerKey, "install", func() Detail { return new(Keys) }},
	{LayerKey, "exchange", func() Detail { return new(Exchange) }},
	{LayerState, "", func() Detail { return new(State) }},
	{LayerCheck, "", func() Detail { return new(Check) }},
	{LayerAlert, "", func() Detail { return new(AlertDetail) }},
	{LayerData, "", func() Detail { return new(Data) }},
}
