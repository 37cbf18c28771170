package folder

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// takeoutMark is what stands before .json in the names of newer exports. Names are cut
// to takeoutName characters before the extension, the mark as well.
const (
	takeoutMark = ".supplemental-metadata"
	takeoutName = 46
)

var copyNumber = regexp.MustCompile(`\(\d+\)$`)

// takeoutFor finds the JSON that tells of a file: NAME.json or
// NAME.supplemental-metadata.json, cut where that is too long. The number of a copy
// stands behind the name there: photo(1).jpg has photo.jpg(1).json. An edited file has
// the JSON of its original.
func takeoutFor(name string, beside map[string]string) string {
	extension := filepath.Ext(name)
	stem := strings.TrimSuffix(name, extension)
	number := copyNumber.FindString(stem)
	plain := strings.TrimSuffix(stem, number)
	candidates := []string{name, strings.TrimSuffix(stem, "-edited") + extension}
	for _, candidate := range candidates {
		for cut := len(takeoutMark); cut >= 0; cut-- {
			if file, ok := beside[strings.ToLower(candidate+takeoutMark[:cut]+".json")]; ok {
				return file
			}
		}
	}
	if number != "" {
		for cut := len(takeoutMark); cut >= 0; cut-- {
			if file, ok := beside[strings.ToLower(plain+extension+takeoutMark[:cut]+number+".json")]; ok {
				return file
			}
		}
	}
	if len(name) > takeoutName {
		if file, ok := beside[strings.ToLower(name[:takeoutName]+".json")]; ok {
			return file
		}
	}
	return ""
}

func parseTakeout(text []byte) (w Words) {
	var t struct {
		Title       string
		Description string
		Taken       struct{ Timestamp string } `json:"photoTakenTime"`
		Geo         *Place                     `json:"geoData"`
		GeoEXIF     *Place                     `json:"geoDataExif"`
		People      []struct{ Name string }
	}
	if json.Unmarshal(text, &t) != nil {
		return w
	}
	w.Title, w.Description = strings.TrimSpace(t.Title), strings.TrimSpace(t.Description)
	if seconds, err := strconv.ParseInt(t.Taken.Timestamp, 10, 64); err == nil && seconds != 0 {
		w.Taken = time.Unix(seconds, 0).UTC()
	}
	for _, place := range []*Place{t.Geo, t.GeoEXIF} {
		// Google writes the place in the Gulf of Guinea for none.
		if w.Place == nil && place != nil && *place != (Place{}) {
			w.Place = place
		}
	}
	for _, person := range t.People {
		if name := strings.TrimSpace(person.Name); name != "" && !slices.Contains(w.Tags, name) {
			w.Tags = append(w.Tags, name)
		}
	}
	return w
}
