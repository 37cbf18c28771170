//go:build purego || !amd64

package jpeg

func lumaRow(luma, pixels []byte) (alpha byte) { return lumaGo(luma, pixels) }

func chromaRow(cb, cr, above, below []byte) { chromaGo(cb, cr, above, below) }
