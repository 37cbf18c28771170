package form

import (
	"bytes"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

// open starts to read a form of one large file.
func open(t *testing.T, file []byte) (*Reader, *Field) {
	t.Helper()
	body := "--XX\r\nContent-Disposition: form-data; name=\"source\"; filename=\"a\"\r\n\r\n" + string(file) + "\r\n--XX--\r\n"
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=XX")
	form := NewReader(r, Limits{})
	f, err := form.Next()
	if err != nil {
		t.Fatal(err)
	}
	return form, f
}

func TestManyFormsHoldFewLargeBuffers(t *testing.T) {
	file := bytes.Repeat([]byte("0123456789\r\n--X"), 200_000)
	var forms []*Reader
	var files []*Field
	const half = 1_500_000
	for range 3 * spareLarges {
		form, f := open(t, file)
		got := make([]byte, half)
		if _, err := io.ReadFull(f, got); err != nil || !bytes.Equal(got, file[:half]) {
			t.Fatalf("the first half is another, or %v", err)
		}
		forms, files = append(forms, form), append(files, f)
	}
	if n := len(spares); n != spareLarges {
		t.Errorf("%d large buffers are held, want %d", n, spareLarges)
	}
	for i, f := range files {
		rest, err := io.ReadAll(f)
		if err != nil || !bytes.Equal(rest, file[half:]) {
			t.Errorf("form %d: the second half is another, or %v", i, err)
		}
		forms[i].Close()
	}
	if n := len(spares); n != 0 {
		t.Errorf("%d large buffers are held by nobody", n)
	}
}

// pausing is a body that comes at once, and after that in drops.
type pausing struct {
	at int64 // where it begins to drop
	*strings.Reader
}

func (p pausing) Read(b []byte) (int, error) {
	if p.Size()-int64(p.Len()) >= p.at {
		b = b[:min(len(b), 100)]
	}
	return p.Reader.Read(b)
}

func TestASlowFormHoldsASmallBuffer(t *testing.T) {
	file := strings.Repeat("0123456789\r\n--X", 200_000)
	body := "--XX\r\nContent-Disposition: form-data; name=\"source\"; filename=\"a\"\r\n\r\n" + file + "\r\n--XX--\r\n"
	r := httptest.NewRequest("POST", "/", pausing{2_000_000, strings.NewReader(body)})
	r.Header.Set("Content-Type", "multipart/form-data; boundary=XX")
	form := NewReader(r, Limits{})
	defer form.Close()
	f, err := form.Next()
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 2_500_000)
	for _, test := range []struct{ from, to, large int }{{0, 1_000_000, 1}, {1_000_000, 2_500_000, 0}} {
		t.Run(fmt.Sprint(test.from), func(t *testing.T) {
			if _, err := io.ReadFull(f, got[test.from:test.to]); err != nil {
				t.Fatal(err)
			}
			if n := len(spares); n != test.large {
				t.Errorf("%d large buffers are held after %d bytes, want %d", n, test.to, test.large)
			}
		})
	}
	if string(got) != file[:len(got)] {
		t.Error("the file is another")
	}
}

func TestAHeaderLargerThanASmallBuffer(t *testing.T) {
	name := strings.Repeat("n", 60_000)
	body := fmt.Sprintf("--XX\r\nContent-Disposition: form-data; name=\"source\"; filename=\"%s\"\r\n\r\ndata\r\n--XX--\r\n", name)
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=XX")
	form := NewReader(r, Limits{MaxPartHeader: 64 << 10})
	defer form.Close()
	f, err := form.Next()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(f)
	if err != nil || string(data) != "data" || f.Filename != name {
		t.Errorf("got %q, a name of %d bytes, %v", data, len(f.Filename), err)
	}
}
