package handlers_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// documented is the example answer of the documented page, an upload of a video
// without a medium.
const documented = "testdata/chevereto/documented.json"

// mayBeNull are the keys of the payload that are null in some answers.
var mayBeNull = []string{
	"title", "description", "source_md5", "original_exifdata", "category_id", "expiration_date_gmt",
}

// shapeFault says in what an answer has not the keys of the documented
// example, in its order and with its types; nil for nothing.
func shapeFault(t *testing.T, body string, imgbb bool) any {
	t.Helper()
	example, err := os.ReadFile(documented)
	if err != nil {
		t.Fatal(err)
	}
	got := without(without(shapeOf(t, body), "image.tags.0."), "data.tags.0.")
	payload := payloadShape(shapeOf(t, string(example)), got)
	want := []string{"status_code number", "success.message string", "success.code number"}
	if imgbb {
		want = []string{"status_code number", "status number", "success boolean"}
		want = append(want, under("data", append(slices.Clone(payload), "id string", "time number", "expiration number"))...)
	}
	want = append(append(want, under("image", payload)...), "status_txt string")
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) {
			return fmt.Sprintf("%d keys, the example has %d", len(got), len(want))
		}
		if !sameKey(want[i], got[i]) {
			return fmt.Sprintf("%q where the example has %q", got[i], want[i])
		}
	}
	return nil
}

// payloadShape is the payload of the example, made fit for an answer: pictures
// have no frame, and a medium that was made stands before the thumb (see
// docs/chevereto-api.md#the-answer).
func payloadShape(example, got []string) []string {
	payload := cutShape(example, "image.")
	if !slices.Contains(got, "image.frame.filename string") {
		payload = without(payload, "frame.")
	}
	if slices.Contains(got, "image.medium.filename string") {
		payload = without(payload, "medium.")
		medium := under("medium", cutShape(payload, "thumb."))
		payload = slices.Insert(payload, slices.Index(payload, "thumb.filename string"), medium...)
	}
	return payload
}

func under(parent string, keys []string) []string {
	var list []string
	for _, key := range keys {
		list = append(list, parent+"."+key)
	}
	return list
}

func without(keys []string, prefix string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return strings.HasPrefix(key, prefix) })
}

func cutShape(keys []string, prefix string) []string {
	var list []string
	for _, key := range keys {
		if rest, found := strings.CutPrefix(key, prefix); found {
			list = append(list, rest)
		}
	}
	return list
}

// sameKey reports whether a key has the example's name and type, or may be
// null in one of the two.
func sameKey(want, got string) bool {
	wantName, wantType, _ := strings.Cut(want, " ")
	gotName, gotType, _ := strings.Cut(got, " ")
	_, name, _ := strings.Cut(gotName, ".")
	nullable := slices.Contains(mayBeNull, name) && (wantType == "null" || gotType == "null")
	return wantName == gotName && (wantType == gotType || nullable)
}

// shapeOf lists the keys of a JSON object in order, those of objects in it as
// "image.thumb.url string".
func shapeOf(t *testing.T, text string) []string {
	t.Helper()
	var list []string
	dec := json.NewDecoder(strings.NewReader(text))
	var walk func(path string)
	walk = func(path string) {
		token, err := dec.Token()
		if err != nil {
			t.Fatalf("JSON %.200s: %v", text, err)
		}
		switch token := token.(type) {
		case json.Delim:
			if token == '[' {
				list = append(list, path+" list")
			}
			for dec.More() {
				key := path + ".0"
				if token == '{' {
					name, _ := dec.Token()
					key = strings.TrimPrefix(path+"."+fmt.Sprint(name), ".")
				}
				walk(key)
			}
			_, _ = dec.Token()
		default:
			list = append(list, path+" "+typeOf(token))
		}
	}
	walk("")
	return list
}

func typeOf(token json.Token) string {
	switch token.(type) {
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "boolean"
	}
	return "null"
}
