package main

import (
	"bytes"
	"fmt"
	"os"
)

// readPGM reads a binary grey picture of 8 bits.
func readPGM(name string) (plane, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return plane{}, err
	}
	return parsePGM(data)
}

func parsePGM(data []byte) (plane, error) {
	var p plane
	var most int
	if _, err := fmt.Fscanf(bytes.NewReader(data), "P5\n%d %d\n%d\n", &p.width, &p.height, &most); err != nil {
		return plane{}, fmt.Errorf("not a grey picture: %w", err)
	}
	pixels := p.width * p.height
	if most != 255 || pixels <= 0 || pixels > len(data) {
		return plane{}, fmt.Errorf("a grey picture of %dx%d pixels up to %d in %d bytes", p.width, p.height, most, len(data))
	}
	p.luma = data[len(data)-pixels:]
	return p, nil
}
