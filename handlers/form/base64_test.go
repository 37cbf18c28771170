package form_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"postern/handlers/form"
)

func TestBase64AsClientsSendIt(t *testing.T) {
	data := make([]byte, 100_001)
	for i := range data {
		data[i] = byte(rand.Uint32())
	}
	data[0] = 0xff // as a JPEG begins: a plus there would be a space before the text
	text := base64.StdEncoding.EncodeToString(data)
	wrapped := func(width int, by string) string {
		var b strings.Builder
		for i := 0; i < len(text); i += width {
			b.WriteString(text[i:min(i+width, len(text))] + by)
		}
		return b.String()
	}
	tests := []struct{ name, text string }{
		{"plain", text},
		{"a data URI", "data:image/jpeg;base64," + text},
		{"a data URI with a name", "DATA:image/png;name=a.png;base64," + text},
		{"the url-safe alphabet", base64.URLEncoding.EncodeToString(data)},
		{"no padding", strings.TrimRight(text, "=")},
		{"pluses that became spaces", strings.ReplaceAll(text, "+", " ")},
		{"lines ended by CRLF", wrapped(76, "\r\n")},
		{"lines ended by LF and a tab", wrapped(60, "\n\t")},
		{"lines ended by a space", wrapped(76, " ")},
		{"lines of 64 ended by a space", wrapped(64, " ")},
		{"lines ended by LF and spaces", wrapped(40, "\n  ")},
		{"a space before the padding", strings.TrimRight(text, "=") + " " + text[len(strings.TrimRight(text, "=")):]},
		{"ten thousand times the same space", text[:400] + strings.Repeat(" ", 40_000) + text[400:]},
		{"white space around it", " \r\n\t" + text + " \n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := io.ReadAll(form.NewBase64Reader(strings.NewReader(test.text)))
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s: %d bytes, %v, want the %d bytes that were sent", test.name, len(got), err, len(data))
			}
		})
	}
}

func TestWhatIsNotBase64(t *testing.T) {
	tests := []struct {
		text string
		want error
	}{
		{"", form.ErrEmptyBase64}, {" \r\n\t ", form.ErrEmptyBase64}, {"data:image/png;base64,", form.ErrEmptyBase64},
		{"not base64!!", form.ErrBase64}, {"@@@", form.ErrBase64}, {"javascript:alert(1)", form.ErrBase64},
		{"data:image/png,QUJD", form.ErrBase64}, {"QUJDQ", form.ErrBase64}, {"QUI=QUJD", form.ErrBase64},
		{"Q===", form.ErrBase64}, {"==", form.ErrBase64}, {"QUJD=", form.ErrBase64}, {"QUJD\x00", form.ErrBase64}, {"é", form.ErrBase64},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			if got, err := io.ReadAll(form.NewBase64Reader(strings.NewReader(test.text))); !errors.Is(err, test.want) {
				t.Errorf("%q: %q, %v, want %v", test.text, got, err, test.want)
			}
		})
	}
}

func BenchmarkBase64(b *testing.B) {
	text := base64.StdEncoding.EncodeToString(make([]byte, 24<<20))
	for name, decode := range map[string]func(io.Reader) io.Reader{
		"ours": form.NewBase64Reader,
		"std":  func(r io.Reader) io.Reader { return base64.NewDecoder(base64.StdEncoding, r) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := io.Copy(io.Discard, decode(strings.NewReader(text))); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
