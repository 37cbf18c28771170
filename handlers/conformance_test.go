package handlers_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// record is one request to Chevereto and its answer.
type record struct {
	Server  string      `json:"server"`
	N       int         `json:"n"`
	Group   string      `json:"group"`
	Desc    string      `json:"desc"`
	Key     string      `json:"key"`
	KeyIn   string      `json:"key_in"`
	Session string      `json:"session"`
	Method  string      `json:"method"`
	Path    string      `json:"path"`
	Headers header      `json:"headers"`
	Fields  [][2]string `json:"fields"`
	Files   []struct {
		Field, Filename, Type, Input string
		Pad                          int
	} `json:"files"`
	Raw    string `json:"raw"`
	Status int    `json:"status"`
	Body   string `json:"body"`
}

type header map[string]string

// deviation is one thing in which our answer is not Chevereto's.
type deviation struct {
	record
	field     string // of the payload, or "status", "error", "code", "body"
	want, got any
	ours      answer
}

// rule explains deviations. Its name begins with the row of the list of
// differences on purpose; those that no row covers say why they stand.
type rule struct {
	name     string
	explains func(d deviation) bool
}

func (d deviation) weSay(part string) bool      { return strings.Contains(d.ours.body, part) }
func (d deviation) theySay(part string) bool    { return strings.Contains(d.Body, part) }
func (d deviation) about(fields ...string) bool { return slices.Contains(fields, d.field) }
func (d deviation) sent(inputs ...string) bool {
	return len(d.Files) == 1 && slices.Contains(inputs, d.Files[0].Input)
}

// weTake and weRefuse are deviations in the outcome as a whole.
func (d deviation) weTake() bool {
	return d.about("status", "error", "code") && d.Status == 400 && d.ours.StatusCode == 200
}

func (d deviation) weRefuse(message string) bool {
	return d.about("status", "error", "code") && d.Status == 200 && d.ours.StatusCode == 400 && d.weSay(message)
}

func in(s string, list ...string) bool { return slices.Contains(list, s) }

var (
	apiPath     = regexp.MustCompile(`^/+api\b`)
	insideTexts = regexp.MustCompile(`server path|SQLSTATE|FFprobe error|Argument of type|Array to string|Failed to connect|"code":3\b`)
)

var rules = []rule{
	{"both slash forms: handled directly", func(d deviation) bool {
		return d.field == "status" && d.Status == 301 && apiPath.MatchString(d.Path) && in(fmt.Sprint(d.got), "200", "400")
	}},
	{"errors in txt and redirect: text/plain with the status of the JSON form", func(d deviation) bool {
		return d.field == "status" && d.Status == 200 && d.got == 400 && !d.theySay("{") &&
			strings.HasPrefix(d.ours.Header.Get("Content-Type"), "text/plain")
	}},
	{"HTTP status of errors: never HTML on an API path", func(d deviation) bool {
		return d.field == "status" && d.Status == 500 && d.theySay("<html>") && in(fmt.Sprint(d.got), "200", "400")
	}},
	{"key check: the whole key counts", func(d deviation) bool {
		return d.weRefuse("Invalid API key.") && in(d.Desc,
			"key whose last 10 chars are changed (bcrypt 72-byte truncation)", "key truncated to first 72 bytes",
			"key truncated to 72 chars, header")
	}},
	{"key check: the key alone decides, not a session", func(d deviation) bool {
		return d.Session == "none" && in(d.Key, "admin", "bob") && d.weTake() && d.theySay("Request denied")
	}},
	{"4.2.0, where 4.1.4 had other messages: full stops", func(d deviation) bool {
		return d.Server == "4.1.4" && d.field == "error" && d.want == fmt.Sprint(d.got)+"."
	}},
	{"4.2.0, where 4.1.4 had other messages: wrong keys", func(d deviation) bool {
		return d.Server == "4.1.4" && d.about("error", "code") && d.theySay("Guest API is disabled.") &&
			(d.weSay("Invalid API key.") || d.Desc == "empty X-API-Key header" && d.weSay("No key provided"))
	}},
	{"4.2.0, where 4.1.4 had other messages: versions", func(d deviation) bool {
		return d.Server == "4.1.4" && d.about("error", "code") && d.theySay("Undefined array key") && d.weSay("Invalid API version.")
	}},
	{"4.2.0, where 4.1.4 had other codes: width above the original", func(d deviation) bool {
		return d.Server == "4.1.4" && d.field == "code" && d.got == 610 && d.theySay("Target width is greater")
	}},
	{"4.2.0, where 4.1.4 had other messages: empty base64", func(d deviation) bool {
		return d.Server == "4.1.4" && d.about("error", "code") && d.theySay("getimagesize()") && d.weSay("Empty source")
	}},
	{"4.2.0, where 4.1.4 had no AVIF, took Matroska and stored QuickTime as MP4", func(d deviation) bool {
		return d.Server == "4.1.4" && (d.sent("a.avif") && d.weTake() || d.sent("v.mkv") && d.weRefuse("Unavailable image format") ||
			d.sent("v.mov") && d.about("extension", "mime") && d.theySay(`"extension":"mp4"`))
	}},
	{"4.2.0, where 4.1.4 named every base64 source .jpg", func(d deviation) bool {
		return d.Server == "4.1.4" && in(d.Group, "base64", "imgbb") && d.field == "extension" && d.want == "jpg" && d.got == "jpeg"
	}},
	{"4.2.0, where 4.1.4 took presets of expiration only", func(d deviation) bool {
		return d.Server == "4.1.4" && d.field == "expiration_date_gmt" && d.want == nil
	}},
	{"4.2.0, where 4.1.4 listed a medium of a video that had none", func(d deviation) bool {
		return d.Server == "4.1.4" && d.sent("v.webm") && d.about("display_width", "display_height")
	}},
	{"CORS: OPTIONS answers 204", func(d deviation) bool {
		return d.Method == http.MethodOptions && d.about("status", "body") && d.ours.StatusCode == 204
	}},
	{"media class: from the bytes alone", func(d deviation) bool {
		declared := strings.HasPrefix(d.Desc, "JPEG bytes declared") || strings.HasPrefix(d.Desc, "MP4 bytes declared")
		return d.weTake() && (declared || d.Group == "url-ipcheck-patched" && d.Desc == "mp4")
	}},
	{"base64: lenient", func(d deviation) bool {
		return d.weTake() && d.Group == "base64" && d.theySay("Invalid base64 string") &&
			(d.Desc == "data: URI prefix" || strings.Contains(d.Desc, `"+" unescaped`))
	}},
	{"image: text or file; the file field file too", func(d deviation) bool {
		return d.weTake() && in(d.Desc, "file field named `file`", "file field named `image`") && d.theySay("Empty upload source")
	}},
	{"imgBB form: success is true", func(d deviation) bool {
		return d.field == "success" && d.got == true && d.weSay(`"status":200,"success":true,"data":{`)
	}},
	{"imgBB form: on a file named image, too", func(d deviation) bool {
		return d.field == "shape" && d.Desc == "file field named `image`"
	}},
	{"URL source: works where 4.2.0 is broken, but not for what is not public", func(d deviation) bool {
		return d.Group == "url" && d.about("error", "code") && d.theySay("Is a directory") &&
			d.weSay("Unsupported non-public IP address for upload")
	}},
	{"expiration: garbage is an error", func(d deviation) bool { return d.weRefuse("Invalid expiration") }},
	{"expiration: no maximum by default", func(d deviation) bool {
		return d.field == "expiration_date_gmt" && d.want != nil && in(d.Desc, "expiration='P10Y'", "expiration='P1Y1D'", "expiration='99999999'")
	}},
	{"category_id: must exist", func(d deviation) bool {
		return d.weRefuse("Invalid category_id") || d.about("error", "code") && d.theySay("SQLSTATE") && d.weSay("Invalid category_id")
	}},
	{"album_id: must exist and be the user's own", func(d deviation) bool {
		return d.weRefuse("Invalid album_id") && d.Desc != "album_id='WNt' (owned private) admin key"
	}},
	{"metadata: private data is removed", func(d deviation) bool {
		return d.sent("m_gps.jpg", "exif.jpg", "exifdesc.jpg", "m_cmt.jpg", "m_xmp.jpg", "p360.jpg", "a.avif", "v.mov") && d.about("md5", "size", "size_formatted")
	}},
	{"metadata: what lies behind a picture's end is removed", func(d deviation) bool {
		padded := len(d.Files) > 0 && d.Files[0].Pad > 0
		return padded && d.about("size", "size_formatted", "is_use_loader")
	}},
	{"source_md5: of the uploaded bytes when the stored bytes differ", func(d deviation) bool {
		return d.field == "source_md5" && d.want == nil && d.theySay(fmt.Sprintf(`"md5":%q`, d.got))
	}},
	{"source_md5: duplicates are found by the uploaded bytes, bitmaps too", func(d deviation) bool {
		return d.weRefuse("Duplicated upload") && d.Desc == "bob: bmp second"
	}},
	{"use_file_date works, for admin keys", func(d deviation) bool {
		return d.about("date", "date_gmt") && strings.HasPrefix(d.Desc, "use_file_date=1") && strings.HasPrefix(fmt.Sprint(d.got), "2015-06-07 ")
	}},
	{"error texts: never paths, SQL or the texts of libraries", func(d deviation) bool {
		return d.about("error", "code") && d.Status == 400 && d.ours.StatusCode == 400 && insideTexts.MatchString(d.Body)
	}},
	{"no row: a file name that is not UTF-8 is repaired", func(d deviation) bool {
		return d.weTake() && d.Desc == "filename latin1 bytes" && strings.Contains(d.ours.body, `"original_filename":"café.jpg"`)
	}},
	{"no row: the PNG of a bitmap and what is resized come from another encoder", func(d deviation) bool {
		return d.about("md5", "size", "size_formatted") && (d.sent("b.bmp") || d.theySay(`"source_md5":"`))
	}},
	{"no row: frame and medium of a video are another encoder's, and the smaller is shown", func(d deviation) bool {
		return d.about("display_width", "display_height") && d.theySay(`"type":"video"`) && d.weSay(`.md.jpeg","display_width":500`)
	}},
	{"no row, but the documented page: title and description come from the file, also where XMP stands beside EXIF", func(d deviation) bool {
		return d.sent("m_xmp.jpg", "exif.jpg") && d.about("title", "title_truncated", "title_truncated_html", "display_title", "description")
	}},
	{"no row: is_360 also where the projection is an element", func(d deviation) bool {
		return d.field == "is_360" && d.sent("p360.jpg")
	}},
	{"no row: tags come from the file, too", func(d deviation) bool {
		return d.about("tags", "tags_string") && d.sent("exif.jpg")
	}},
	{"no row: URLs with a password are refused", func(d deviation) bool {
		return d.Desc == "userinfo" && d.weRefuse("URL using bad/illegal format")
	}},
	{"no row: a URL's fragment is no part of the name", func(d deviation) bool {
		return d.Desc == "fragment" && d.about("extension", "original_filename")
	}},
}

func TestConformance(t *testing.T) {
	t.Parallel()
	records := loadRecords(t)
	sites := newSites(t)
	used := make(map[string]int)
	equal, unexplained := 0, 0
	for _, r := range records {
		devs := sites.replay(t, r)
		if len(devs) == 0 {
			equal++
		}
		for _, d := range devs {
			if name := explain(d); name != "" {
				used[name]++
				continue
			}
			if unexplained++; unexplained <= 40 {
				t.Errorf("%s/%d %s (%s): %s = %v, want %v; answer %d %.200s", r.Server, r.N, r.Desc, r.Group, d.field, d.got, d.want, d.ours.StatusCode, d.ours.body)
			}
		}
	}
	t.Logf("%d records, %d answered as by Chevereto, the others as these rules say (deviations):", len(records), equal)
	for _, r := range rules {
		if used[r.name] == 0 {
			t.Errorf("this rule explains nothing: %s", r.name)
			continue
		}
		t.Logf("  %3d %s", used[r.name], r.name)
	}
}

func explain(d deviation) string {
	for _, r := range rules {
		if r.explains(d) {
			return r.name
		}
	}
	return ""
}

func loadRecords(t *testing.T) []record {
	t.Helper()
	f, err := os.Open("testdata/chevereto/records.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var records []record
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	if err := lines.Err(); err != nil || len(records) != 499 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	return records
}
