package client_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"postern/client"
)

// answers are of an image, of a video with its frame, and of a server that says
// numbers as texts and leaves most out.
var answers = map[string]string{
	"image": `{"url": "https://h/a.jpg", "title": "A [b] \"c\"", "url_viewer": "https://h/image/a", "delete_url": "https://h/image/a/delete/x", "thumb": {"url": "https://h/a.th.jpg"}, "width": 3, "type": "image", "views": 7}`,
	"video": `{"url": "https://h/v.mp4", "title": "V", "url_viewer": "https://h/clip/v", "frame": {"url": "https://h/v.fr.jpg"}, "type": "video"}`,
	"bare":  `{"url": "https://h/b.jpg", "width": "3", "title": null}`,
}

func TestWriter(t *testing.T) {
	tests := []struct{ answer, format, template, want string }{
		{"image", "url", "", "https://h/a.jpg"},
		{"image", "page", "", "https://h/image/a"},
		{"image", "thumb", "", "https://h/a.th.jpg"},
		{"image", "delete", "", "https://h/image/a/delete/x"},
		{"image", "markdown", "", `![A \[b\] "c"](https://h/a.jpg)`},
		{"image", "html", "", `<a href="https://h/image/a"><img src="https://h/a.jpg" alt="A [b] &#34;c&#34;"></a>`},
		{"image", "bbcode", "", "[img]https://h/a.jpg[/img]"},
		{"image", "json", "", `{"source":"s","image":` + compact(t, answers["image"]) + `}`},
		{"image", "", "{{.Source}} {{.Width}} {{.All.views}} {{.Thumb.URL}}", "s 3 7 https://h/a.th.jpg"},
		{"video", "url", "", "https://h/v.mp4"},
		{"video", "markdown", "", "[![V](https://h/v.fr.jpg)](https://h/clip/v)"},
		{"video", "html", "", `<video src="https://h/v.mp4" poster="https://h/v.fr.jpg" controls></video>`},
		{"video", "bbcode", "", "[url=https://h/clip/v][img]https://h/v.fr.jpg[/img][/url]"},
		{"bare", "markdown", "", "![](https://h/b.jpg)"},
		{"bare", "html", "", `<img src="https://h/b.jpg" alt="">`},
		{"bare", "", "{{.Width}}{{.DeleteURL}}", "3"},
	}
	for _, test := range tests {
		t.Run(test.answer+" "+test.format+test.template, func(t *testing.T) {
			var out strings.Builder
			w, err := client.NewWriter(&out, test.format, test.template)
			if err != nil {
				t.Fatal(err)
			}
			a := client.Answer{Source: "s", Raw: json.RawMessage(answers[test.answer])}
			if err := json.Unmarshal(a.Raw, &a.Image); err != nil {
				t.Fatal(err)
			}
			if err := w.Write(a); err != nil || out.String() != test.want+"\n" {
				t.Errorf("got %q, %v, want %q", out.String(), err, test.want)
			}
		})
	}
	if _, err := client.NewWriter(nil, "yaml", ""); err == nil {
		t.Error("an unknown format is taken")
	}
	if _, err := client.NewWriter(nil, "url", "{{"); err == nil {
		t.Error("a broken template is taken")
	}
}

func TestFailuresStandInJSONAlone(t *testing.T) {
	for format, want := range map[string]string{
		"url":  "",
		"json": `{"source":"a.jpg","error":{"message":"m","status":400,"code":610}}` + "\n",
	} {
		var out strings.Builder
		w, err := client.NewWriter(&out, format, "")
		if err != nil {
			t.Fatal(err)
		}
		cause := errors.Join(&client.Refusal{Status: 400, Code: 610, Message: "m"})
		if err := w.Fail(client.Source{Path: "a.jpg"}, cause); err != nil || out.String() != want {
			t.Errorf("%s: got %q, %v, want %q", format, out.String(), err, want)
		}
	}
}

func compact(t *testing.T, text string) string {
	t.Helper()
	var v json.RawMessage
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
