package form_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"postern/handlers/form"
)

// field is a field as a test wants it.
type field struct {
	name, value, filename string
	isFile                bool
}

// read reads all fields of a request, sources with their pluses kept.
func read(r *http.Request) ([]field, error) {
	fields := form.NewReader(r, form.Limits{})
	defer fields.Close()
	var got []field
	for {
		f, err := fields.Next()
		if err == io.EOF {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		if f.Name == "source" {
			f.KeepPlus()
		}
		value, err := f.String(1 << 20)
		got = append(got, field{f.Name, value, f.Filename, f.IsFile})
		if err != nil {
			return got, err
		}
	}
}

func post(query, contentType string, body io.Reader) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/api/1/upload"+query, body)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

const boundary = "multipart/form-data; boundary=XX"

// crlf writes a body with the line ends of the wire.
func crlf(lines ...string) string { return strings.Join(lines, "\r\n") }

func part(header, value string) string { return crlf("--XX", header, "", value, "") }

func disposition(rest string) string { return "Content-Disposition: form-data; " + rest }

func TestWhatClientsSend(t *testing.T) {
	const end = "--XX--\r\n"
	text := func(name, value string) field { return field{name: name, value: value} }
	file := func(filename, value string) field { return field{"source", value, filename, true} }
	tests := []struct {
		name, query, contentType, body string
		want                           []field
	}{
		{"a text and a file", "", boundary, part(disposition(`name="key"`), "K") + part(disposition(`name="source"; filename="a.jpg"`), "DATA") + end,
			[]field{text("key", "K"), file("a.jpg", "DATA")}},
		{"a quote that is not escaped", "", boundary, part(disposition(`name="source"; filename="a"b.png"`), "D") + end, []field{file(`a"b.png`, "D")}},
		{"a quote as curl 7.80 writes it", "", boundary, part(disposition(`name="source"; filename="a\"b.png"`), "D") + end, []field{file(`a"b.png`, "D")}},
		{"a quote as browsers write it", "", boundary, part(disposition(`name="source"; filename="a%22b.png"`), "D") + end, []field{file(`a"b.png`, "D")}},
		{"a semicolon in the name", "", boundary, part(disposition(`name="source"; filename="a;b.png"`), "D") + end, []field{file("a;b.png", "D")}},
		{"a Windows path", "", boundary, part(disposition(`name="source"; filename="C:\path\x.png"`), "D") + end, []field{file(`C:\path\x.png`, "D")}},
		{"names without quotes", "", boundary, part(disposition(`name=source; filename=a.png`), "D") + end, []field{file("a.png", "D")}},
		{"an empty file name", "", boundary, part(disposition(`name="source"; filename=""`), "") + end, []field{file("", "")}},
		{"UTF-8 in the name", "", boundary, part(disposition(`name="source"; filename="春季.webp"`), "D") + end, []field{file("春季.webp", "D")}},
		{"filename* alone is a text", "", boundary, part(disposition(`name="source"; filename*=UTF-8''a.jpg`), "D") + end, []field{text("source", "D")}},
		{"a part with its type first", "", boundary, part("Content-Type: image/png\r\n"+disposition(`name="source"; filename="a"`), "D") + end, []field{file("a", "D")}},
		{"a header line without a colon", "", boundary, part("nonsense\r\n"+disposition(`name="a"`), "D") + end, []field{text("a", "D")}},
		{"line feeds alone", "", boundary, strings.ReplaceAll(part(disposition(`name="a"`), "1")+part(disposition(`name="b"`), "2")+end, "\r\n", "\n"), []field{text("a", "1"), text("b", "2")}},
		{"no boundary in the type", "", "multipart/form-data", part(disposition(`name="a"`), "1") + end, []field{text("a", "1")}},
		{"a quoted boundary", "", `multipart/form-data; boundary="XX"`, part(disposition(`name="a"`), "1") + end, []field{text("a", "1")}},
		{"text around the parts", "", boundary, "preamble\r\n" + part(disposition(`name="a"`), "1") + end + "epilogue", []field{text("a", "1")}},
		{"no line end after the last boundary", "", boundary, part(disposition(`name="a"`), "1") + "--XX--", []field{text("a", "1")}},
		{"a value that looks like a boundary", "", boundary, part(disposition(`name="a"`), "\r\n--XXY\r\n--X\r\n--") + end, []field{text("a", "\r\n--XXY\r\n--X\r\n--")}},
		{"a value of line ends", "", boundary, part(disposition(`name="a"`), "\r\n\r\n") + part(disposition(`name="b"`), "\n") + end, []field{text("a", "\r\n\r\n"), text("b", "\n")}},
		{"an empty value without its line end", "", boundary, "--XX\r\n" + disposition(`name="a"`) + "\r\n\r\n--XX\r\n" + disposition(`name="b"`) + "\r\n\r\n2\r\n" + end, []field{text("a", ""), text("b", "2")}},
		{"a value that has the boundary and goes on", "", boundary, part(disposition(`name="a"`), "--XXY\r\n--XX-Y\r\n--XX-") + end, []field{text("a", "--XXY\r\n--XX-Y\r\n--XX-")}},
		{"a value that ends in CR between line feeds alone", "", boundary, "--XX\n" + disposition(`name="a"`) + "\n\nv\r\n--XX--\n", []field{text("a", "v\r")}},
		{"a last boundary by a line feed among CRLF", "", boundary, "--XX\r\n" + disposition(`name="a"`) + "\r\n\nv\n--XX--\n", []field{text("a", "v")}},
		{"text behind the boundary in its line", "", boundary, "--XX \t x\r\n" + disposition(`name="a"`) + "\r\n\r\nv\r\n--XX-- x\r\n", []field{text("a", "v")}},
		{"a last boundary without its dashes", "", boundary, part(disposition(`name="a"`), "v") + "--XX", []field{text("a", "v")}},
		{"a line end before the first boundary", "", boundary, "\r\n" + part(disposition(`name="a"`), "v") + end, []field{text("a", "v")}},
		{"no boundary in the type, and a line end before it", "", "multipart/form-data", "\r\n" + part(disposition(`name="a"`), "v") + end, []field{text("a", "v")}},
		{"a folded header", "", boundary, part("Content-Disposition: form-data;\r\n name=\"a\"", "v") + end, []field{text("a", "v")}},
		{"an empty multipart body", "", boundary, "", nil},
		{"an empty JSON body", "", "application/json", " \n", nil},
		{"no parts at all", "", boundary, end, nil},
		{"urlencoded", "", "application/x-www-form-urlencoded; charset=UTF-8", "a=1+2%20%41&b=&&c", []field{text("a", "1 2 A"), text("b", ""), text("c", "")}},
		{"a semicolon in a urlencoded value", "", "application/x-www-form-urlencoded", "source=data:image/png;base64,AA+/==&a=1", []field{text("source", "data:image/png;base64,AA+/=="), text("a", "1")}},
		{"bad escapes", "", "application/x-www-form-urlencoded", "a=100%&b=%zz%4", []field{text("a", "100%"), text("b", "%zz%4")}},
		{"no type at all", "", "", "a=1", []field{text("a", "1")}},
		{"the query comes first", "?key=Q&x", boundary, part(disposition(`name="key"`), "B") + end, []field{text("key", "Q"), text("x", ""), text("key", "B")}},
		{"a URL that is not escaped", "?key=K&source=http://h/a.jpg?x=1&y=2&format=txt", "image/png", "ignored", []field{text("key", "K"), text("source", "http://h/a.jpg?x=1&y=2"), text("format", "txt")}},
		{"JSON", "", "application/json", ` {"key":"K","source":"AA\/A\u003d\ud83d\ude00\n","n":12.5,"yes":true,"no":false,"none":null,"deep":{"a":[1,"x",{}]},"z":"" } `,
			[]field{text("key", "K"), text("source", "AA/A=😀\n"), text("n", "12.5"), text("yes", "1"), text("no", "0"), text("z", "")}},
		{"an empty object", "", "application/json; charset=utf-8", "{}", nil},
		{"a body of another kind", "", "image/jpeg", "\xff\xd8\xff", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, reader := range []io.Reader{strings.NewReader(test.body), iotest.OneByteReader(strings.NewReader(test.body)), iotest.DataErrReader(strings.NewReader(test.body))} {
				got, err := read(post(test.query, test.contentType, reader))
				if err != nil || !reflect.DeepEqual(got, test.want) {
					t.Errorf("%s (%T): got %+v, %v, want %+v", test.name, reader, got, err, test.want)
				}
			}
		})
	}
}

func TestBrokenBodiesAreErrors(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	tests := []struct {
		name, contentType, body string
		want                    error
	}{
		{"a part that is cut off", boundary, part(disposition(`name="a"`), "1") + "--XX\r\n" + disposition(`name="b"`) + "\r\n\r\nhal", io.ErrUnexpectedEOF},
		{"a header that is cut off", boundary, "--XX\r\nContent-Dis", io.ErrUnexpectedEOF},
		{"a body without the boundary", boundary, "nothing here", io.ErrUnexpectedEOF},
		{"a boundary of thousands of characters", boundary + long, "--XX" + long + "\r\n\r\n", form.ErrMalformed},
		{"nothing to sniff a boundary from", "multipart/form-data", "no boundary\r\n", form.ErrMalformed},
		{"a header without end", boundary, "--XX\r\n" + long + "\r\n\r\n", form.ErrHeaderTooLarge},
		{"a preamble without end", boundary, long + "\r\n--XX--", form.ErrHeaderTooLarge},
		{"a name without end", "application/x-www-form-urlencoded", long + "=1", form.ErrNameTooLong},
		{"a long name of a part", boundary, part(disposition(`name="`+long[:1000]+`"`), "1") + "--XX--", form.ErrNameTooLong},
		{"too many fields", "application/x-www-form-urlencoded", strings.Repeat("a=1&", 100), form.ErrTooManyFields},
		{"JSON that is no object", "application/json", `["a"]`, form.ErrMalformed},
		{"JSON that is cut off", "application/json", `{"a":"b`, io.ErrUnexpectedEOF},
		{"JSON without a colon", "application/json", `{"a" "b"}`, form.ErrMalformed},
		{"JSON with a bad escape", "application/json", `{"a":"\x"}`, form.ErrMalformed},
		{"JSON nested too deep", "application/json", `{"a":` + strings.Repeat("[", 1000), form.ErrMalformed},
		{"JSON with a word", "application/json", `{"a":yes}`, form.ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := read(post("", test.contentType, strings.NewReader(test.body))); !errors.Is(err, test.want) {
				t.Errorf("%s: got %+v, %v, want %v", test.name, got, err, test.want)
			}
		})
	}
}

func TestBodyIsReadForPostOnly(t *testing.T) {
	r := httptest.NewRequest(http.MethodPut, "/?a=1", strings.NewReader("b=2"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if got, err := read(r); err != nil || len(got) != 1 || got[0].name != "a" {
		t.Errorf("PUT: got %+v, %v", got, err)
	}
}

// TestAgreesWithTheStandardReader compares with mime/multipart on bodies that
// it writes itself, read in pieces of every size.
func TestAgreesWithTheStandardReader(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		var want []field
		for i := range rng.IntN(5) {
			value := make([]byte, rng.IntN(3000))
			for j := range value {
				value[j] = "\r\n-ab"[rng.IntN(5)]
			}
			f := field{name: fmt.Sprint("f", i), value: string(value)}
			if err := w.WriteField(f.name, f.value); err != nil {
				t.Fatal(err)
			}
			want = append(want, f)
		}
		w.Close()
		got, err := read(post("", w.FormDataContentType(), &shredder{&body, rng}))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, %v, want %+v", got, err, want)
		}
	}
}

// shredder reads in pieces of random size.
type shredder struct {
	r   io.Reader
	rng *rand.Rand
}

func (s *shredder) Read(p []byte) (int, error) {
	return s.r.Read(p[:min(len(p), 1+s.rng.IntN(100))])
}

// TestMemoryDoesNotGrowWithTheBody sends 400 MB in a part and 60 MB of base64 as
// text, urlencoded text and JSON.
func TestMemoryDoesNotGrowWithTheBody(t *testing.T) {
	const file, text = 400 << 20, 60 << 20
	tests := []struct {
		name, contentType, head, tail string
		size                          int64
		base64                        bool
	}{
		{"multipart file", boundary, "--XX\r\n" + disposition(`name="source"; filename="a"`) + "\r\n\r\n", "\r\n--XX--", file, false},
		{"multipart base64", boundary, "--XX\r\n" + disposition(`name="source"`) + "\r\n\r\n", "\r\n--XX--", text, true},
		{"urlencoded base64", "application/x-www-form-urlencoded", "source=", "", text, true},
		{"JSON base64", "application/json", `{"source":"`, `"}`, text, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body := io.MultiReader(strings.NewReader(test.head), io.LimitReader(letters{}, test.size), strings.NewReader(test.tail))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			fields := form.NewReader(post("", test.contentType, body), form.Limits{})
			f, err := fields.Next()
			if err != nil {
				t.Fatalf("%s: %v", test.name, err)
			}
			var value io.Reader = f
			want := test.size
			if test.base64 {
				value, want = form.NewBase64Reader(f), test.size/4*3
			}
			n, err := io.Copy(io.Discard, value)
			runtime.ReadMemStats(&after)
			if err != nil || n != want {
				t.Errorf("%s: %d bytes, %v, want %d", test.name, n, err, want)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
				t.Errorf("%s: %d bytes allocated", test.name, grown)
			}
			fields.Close()
		})
	}
}

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'A'
	}
	return len(p), nil
}

func BenchmarkPart(b *testing.B) {
	const size = 100 << 20
	head := "--XX\r\n" + disposition(`name="source"; filename="a"`) + "\r\n\r\n"
	content := make([]byte, 1<<20)
	for i := range content {
		content[i] = byte(rand.Uint32())
	}
	body := func() io.Reader {
		readers := []io.Reader{strings.NewReader(head)}
		for range size >> 20 {
			readers = append(readers, bytes.NewReader(content))
		}
		return io.MultiReader(append(readers, strings.NewReader("\r\n--XX--\r\n"))...)
	}
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			fields := form.NewReader(post("", boundary, body()), form.Limits{})
			f, err := fields.Next()
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, f); err != nil || n != size {
				b.Fatal(n, err)
			}
			fields.Close()
		}
	})
	b.Run("mime", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			p, err := multipart.NewReader(body(), "XX").NextPart()
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, p); err != nil || n != size {
				b.Fatal(n, err)
			}
		}
	})
}
