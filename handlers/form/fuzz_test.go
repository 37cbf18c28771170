package form_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"postern/handlers/form"
)

func FuzzMultipart(f *testing.F) {
	f.Add([]byte(part(disposition(`name="a"`), "1") + "--XX--\r\n"))
	f.Add([]byte(part(disposition(`name="a"; filename="x"y"`), "\r\n--XXX") + "--XX--"))
	f.Add([]byte("pre\n--XX\nContent-Disposition: form-data; name=b\n\n\n--XX--"))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := read(post("", boundary, bytes.NewReader(body)))
		whole, wholeErr := read(post("", boundary, &oneByte{body}))
		if (err == nil) != (wholeErr == nil) || !reflect.DeepEqual(got, whole) {
			t.Fatalf("at once: %+v, %v; byte by byte: %+v, %v", got, err, whole, wholeErr)
		}
		want, ok := standard(body)
		if !ok || err != nil {
			return
		}
		if len(got) != len(want) {
			t.Fatalf("got %+v, the standard reader %+v", got, want)
		}
		for i := range want {
			if got[i].value != want[i].value {
				t.Errorf("field %d: got %q, the standard reader %q", i, got[i].value, want[i].value)
			}
		}
	})
}

type oneByte struct{ rest []byte }

func (o *oneByte) Read(p []byte) (int, error) {
	if len(o.rest) == 0 {
		return 0, io.EOF
	}
	p[0], o.rest = o.rest[0], o.rest[1:]
	return 1, nil
}

// standard reads with mime/multipart bodies that need no leniency.
func standard(body []byte) ([]field, bool) {
	if !bytes.HasPrefix(body, []byte("--XX\r\n")) || bytes.Contains(bytes.ReplaceAll(body, []byte("\r\n"), nil), []byte("\n")) ||
		bytes.Contains(body, []byte("\n ")) || bytes.Contains(body, []byte("\n\t")) || bytes.Contains(body, []byte("XX ")) || bytes.Contains(body, []byte("XX\t")) {
		return nil, false
	}
	r := multipart.NewReader(bytes.NewReader(body), "XX")
	var fields []field
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return fields, true
		}
		if err != nil || p.FormName() == "" {
			return nil, false
		}
		value, err := io.ReadAll(p)
		if err != nil {
			return nil, false
		}
		fields = append(fields, field{name: p.FormName(), value: string(value)})
	}
}

func FuzzURLEncoded(f *testing.F) {
	f.Add("a=1&b=%20+&c")
	f.Add("a=%&b=%zz&;=;")
	f.Fuzz(func(t *testing.T, body string) {
		got, err := read(post("", "application/x-www-form-urlencoded", strings.NewReader(body)))
		want, wantErr := url.ParseQuery(body)
		if err != nil || wantErr != nil {
			return
		}
		seen := make(map[string]int)
		for _, g := range got {
			if g.name == "source" {
				continue
			}
			values := want[g.name]
			if i := seen[g.name]; i >= len(values) || values[i] != g.value {
				t.Errorf("%q: field %q = %q, the standard reader %q", body, g.name, g.value, values)
			}
			seen[g.name]++
		}
	})
}

func FuzzJSON(f *testing.F) {
	f.Add(`{"a":"b\u00e9\ud83d\ude00","n":1e5,"t":true,"x":null,"o":{"y":[1,2]}}`)
	f.Add(`{"a":"\ud800","b":"\ud800\u0041"}`)
	f.Fuzz(func(t *testing.T, body string) {
		got, err := read(post("", "application/json", strings.NewReader(body)))
		var want map[string]any
		if json.Unmarshal([]byte(body), &want) != nil || err != nil || want == nil {
			return
		}
		last := make(map[string]string)
		for _, g := range got {
			last[g.name] = g.value
		}
		for name, value := range want {
			text, ok := value.(string)
			if ok && strings.ToValidUTF8(last[name], "\ufffd") != strings.ToValidUTF8(text, "\ufffd") && len(name) < 200 && !strings.Contains(name, "\ufffd") && !strings.Contains(text, "\ufffd") {
				t.Errorf("%q: %q = %q, the standard reader %q", body, name, last[name], text)
			}
		}
	})
}

func FuzzBase64(f *testing.F) {
	for _, s := range []string{"", "QUJD", "QUI=", "QQ", "data:image/png;base64,QUJD", " QU\r\nJD ", "QU-_", "a b c d", "===="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := io.ReadAll(form.NewBase64Reader(strings.NewReader(text)))
		small, smallErr := io.ReadAll(form.NewBase64Reader(&oneByte{[]byte(text)}))
		if !bytes.Equal(got, small) || (err == nil) != (smallErr == nil) {
			t.Fatalf("%q: at once %q, %v; byte by byte %q, %v", text, got, err, small, smallErr)
		}
		want, wantErr := base64.StdEncoding.DecodeString(text)
		if wantErr == nil && len(want) > 0 && (err != nil || !bytes.Equal(got, want)) {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	})
}

func FuzzDisposition(f *testing.F) {
	f.Add(`name="a"; filename="b"c;d.png"`)
	f.Add(`name=a; filename*=UTF-8''x`)
	f.Fuzz(func(t *testing.T, rest string) {
		if strings.ContainsAny(rest, "\r\n") {
			return
		}
		_, _ = read(post("", boundary, strings.NewReader(part(disposition(rest), "v")+"--XX--")))
	})
}
