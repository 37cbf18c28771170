package present

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fact is a value and the key of its name.
type Fact struct{ Key, Value string }

// CameraFacts returns the usual facts of the public EXIF data.
func (v Item) CameraFacts() []Fact {
	var tags map[string]any
	if json.Unmarshal([]byte(v.EXIF), &tags) != nil {
		return nil
	}
	text := func(name string) string { s, _ := tags[name].(string); return s }
	var facts []Fact
	add := func(key, value string) {
		if value != "" {
			facts = append(facts, Fact{key, value})
		}
	}
	camera := text("Model")
	if maker := text("Make"); !strings.HasPrefix(strings.ToLower(camera), strings.ToLower(maker)) {
		camera = strings.TrimSpace(maker + " " + camera)
	}
	add("fact.camera", camera)
	add("fact.lens", text("LensModel"))
	exposure := []string{
		shutter(text("ExposureTime")), decimal("f/", text("FNumber"), ""), decimal("", text("FocalLength"), " mm"),
		decimal("ISO ", text("ISOSpeedRatings"), ""),
	}
	exposure = slices.DeleteFunc(exposure, func(part string) bool { return part == "" })
	add("fact.exposure", strings.Join(exposure, " · "))
	if taken, err := time.Parse("2006:01:02 15:04:05", text("DateTimeOriginal")); err == nil {
		add("fact.taken", taken.Format("2006-01-02 15:04"))
	}
	return facts
}

// fraction reads a number as EXIF writes it: 28/10.
func fraction(s string) float64 {
	above, below, found := strings.Cut(s, "/")
	n, err := strconv.ParseFloat(above, 64)
	if err != nil || !found {
		return n
	}
	d, err := strconv.ParseFloat(below, 64)
	if err != nil || d == 0 {
		return 0
	}
	return n / d
}

// decimal writes a number above zero with one decimal at most, and what
// belongs around it.
func decimal(before, text, after string) string {
	n := fraction(text)
	if n <= 0 {
		return ""
	}
	return before + strconv.FormatFloat(float64(int64(n*10+.5))/10, 'f', -1, 64) + after
}

// shutter writes an exposure time as cameras do: 1/200 s, 2.5 s.
func shutter(text string) string {
	n := fraction(text)
	if n > 0 && n < .3 {
		return fmt.Sprintf("1/%.0f s", 1/n)
	}
	return decimal("", text, " s")
}
