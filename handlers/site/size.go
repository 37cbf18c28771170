package site

import (
	"math"
	"strconv"
	"strings"
)

// sizeUnits are the decimal units of bytes, and those of French.
var sizeUnits = [2][]string{{"B", "kB", "MB", "GB", "TB"}, {"o", "ko", "Mo", "Go", "To"}}

// Size writes a number of bytes in the language of the catalog: in decimal units, with
// one decimal below ten and a space that does not break. static/messages.js does the same.
func (l *Catalog) Size(n int64) string {
	units := sizeUnits[0]
	if l.Language == "fr" {
		units = sizeUnits[1]
	}
	size, unit := float64(n), 0
	for size >= 999.5 && unit < len(units)-1 {
		size /= 1000
		unit++
	}
	if unit > 0 && size < 10 {
		size = math.Round(size*10) / 10
	} else {
		size = math.Round(size)
	}
	text := strconv.FormatFloat(size, 'f', -1, 64)
	if l.Language == "de" || l.Language == "es" || l.Language == "fr" {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text + "\u00a0" + units[unit]
}
