package h264

// bitWriter writes the syntax elements of a payload.
type bitWriter struct {
	data []byte
	bits int
}

func (w *bitWriter) put(n int, v uint32) {
	for i := n - 1; i >= 0; i-- {
		if w.bits%8 == 0 {
			w.data = append(w.data, 0)
		}
		w.data[w.bits/8] |= byte(v>>i&1) << (7 - w.bits%8)
		w.bits++
	}
}

func (w *bitWriter) ue(v ...uint32) {
	for _, v := range v {
		n := 0
		for (v+1)>>(n+1) != 0 {
			n++
		}
		w.put(n, 0)
		w.put(n+1, v+1)
	}
}

func (w *bitWriter) se(v int) {
	if v > 0 {
		w.ue(uint32(2*v - 1))
	} else {
		w.ue(uint32(-2 * v))
	}
}

// unit returns what was written as a NAL unit with its start code.
func (w *bitWriter) unit(head byte) []byte {
	w.put(1, 1)
	return annexB(head, w.data)
}

// annexB returns a unit with its start code and emulation prevention.
func annexB(head byte, payload []byte) []byte {
	out, zeros := []byte{0, 0, 0, 1, head}, 0
	for _, b := range payload {
		if zeros == 2 && b <= 3 {
			out, zeros = append(out, 3), 0
		}
		out = append(out, b)
		if zeros++; b != 0 {
			zeros = 0
		}
	}
	return out
}
