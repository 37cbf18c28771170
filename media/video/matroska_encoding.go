package video

// Identifiers of Matroska elements: RFC 9559, 5.1.4.1.31.
const (
	idContentEncodings    = 0x6d80
	idContentEncoding     = 0x6240
	idContentScope        = 0x5032
	idContentType         = 0x5033
	idContentCompression  = 0x5034
	idContentCompAlgo     = 0x4254
	idContentCompSettings = 0x4255
)

const (
	compressionStrip = 3 // header stripping
	maxStripped      = 256
)

// readEncodings reads how frames are packed. Only header stripping, once the
// habit of a common writer, is undone: RFC 9559, 5.1.4.1.31.
func (t *trackEntry) readEncodings(in *reader, encodings element) error {
	first := true
	for e, err := range in.elements(encodings) {
		if err != nil {
			return err
		}
		if e.id != idContentEncoding {
			continue
		}
		strip, err := t.readEncoding(in, e)
		if err != nil {
			return err
		}
		t.compressed = t.compressed || !first || !strip
		first = false
	}
	return nil
}

// readEncoding reports whether the encoding is header stripping.
func (t *trackEntry) readEncoding(in *reader, encoding element) (strip bool, err error) {
	scope, kind, algorithm := uint64(1), uint64(0), uint64(0)
	for e, err := range in.elements(encoding) {
		if err != nil {
			return false, err
		}
		switch e.id {
		case idContentScope:
			err = in.readUnsigned(e, &scope)
		case idContentType:
			err = in.readUnsigned(e, &kind)
		case idContentCompression:
			algorithm, err = t.readCompression(in, e)
		}
		if err != nil {
			return false, err
		}
	}
	return kind == 0 && scope == 1 && algorithm == compressionStrip, nil
}

func (t *trackEntry) readCompression(in *reader, compression element) (algorithm uint64, err error) {
	for e, err := range in.elements(compression) {
		if err != nil {
			return 0, err
		}
		switch e.id {
		case idContentCompAlgo:
			err = in.readUnsigned(e, &algorithm)
		case idContentCompSettings:
			t.stripped, err = in.copy(e.body, e.end-e.body, maxStripped)
		}
		if err != nil {
			return 0, err
		}
	}
	return algorithm, nil
}
