package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// v1 calls the imgpile API as the user of a key.
func (s *process) v1(method, path, key string, body any) map[string]any {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := http.NewRequest(method, s.url+"/api/v1"+path, strings.NewReader(string(text)))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	answer := make(map[string]any)
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || res.StatusCode >= 300 {
		s.t.Fatalf("%s %s: %d %v, %v", method, path, res.StatusCode, answer, err)
	}
	return answer
}

// addPosts makes a post that people talk about, and one for adults.
func (s *tour) addPosts() {
	s.t.Helper()
	slugs := func(image map[string]any) any {
		one := s.v1("GET", "/media/"+fmt.Sprint(image["id_encoded"]), s.key, nil)
		return one["data"].(map[string]any)["id"]
	}
	pier := s.add("s320.jpg", "title", "The pier")
	post := func(title string, images ...map[string]any) string {
		var ids []any
		for _, image := range images {
			ids = append(ids, slugs(image))
		}
		made := s.v1("POST", "/posts", s.key, map[string]any{"media_ids": ids})["post"].(map[string]any)
		path := "/posts/" + fmt.Sprint(made["slug"])
		s.v1("PATCH", path, s.key, map[string]any{"title": title, "description": "Two days at the coast.", "tags": []string{"sea", "summer"}})
		return path
	}
	path := post("By the sea", s.video, pier)
	s.v1("POST", path+"/upvote", s.other, nil)
	s.v1("POST", path+"/comments", s.other, map[string]any{"content": "Which harbour is that? We were there in spring and it looked quite different."})
	s.v1("POST", path+"/comments", s.key, map[string]any{"content": "The old one, behind the lighthouse.", "parent_id": 1})
	s.v1("POST", path+"/comments", s.other, map[string]any{"content": "Thank you!", "parent_id": 2})
	s.v1("POST", path+"/comments", s.other, map[string]any{"content": "The colours are lovely."})
	s.v1("POST", "/users/admin/follow", s.other, nil)
	s.post = strings.Replace(path, "/posts/", "/album/", 1)
	s.adult = strings.Replace(post("After dark", s.secret), "/posts/", "/album/", 1)
}

// showReport sends a guest's report of an admin's file on the moderated site, and leaves
// the form open for another.
func showReport(b *tab, s *tour) {
	data, err := os.ReadFile(sample("s320.jpg"))
	if err != nil {
		b.t.Fatal(err)
	}
	image, err := s.moderated.upload(s.moderated.key, "s320.jpg", data, "title", "Reported")
	if err != nil {
		b.t.Fatal(err)
	}
	b.base = s.moderated.url
	defer func() { b.base = s.url }()
	b.visit(image["url_viewer"])
	b.click(`[href^="/report/"]`)
	b.wait(`document.getElementById('reason') !== null`)
	ask[any](b, `document.getElementById('reason').value = 'spam'; document.getElementById('note').value = 'It advertises a shop.'`)
	b.click(`[action^="/report/"] .button`)
	b.wait(`document.querySelector('.notice.good') !== null`)
	b.open(fmt.Sprintf("/report/%v", image["id_encoded"]))
}

// showPending shows an admin what waits on the moderated site.
func showPending(b *tab, s *tour) {
	m := s.moderated
	m.command("user", "add", "dave")
	key := m.command("key", "add", "--user", "dave")
	for _, name := range []string{"photo.jpg", "w500.jpg"} {
		data, err := os.ReadFile(sample(name))
		if err != nil {
			b.t.Fatal(err)
		}
		if _, err := m.upload(key, name, data); err != nil {
			b.t.Fatal(err)
		}
	}
	b.base = m.url
	defer func() { b.base = s.url }()
	b.signIn(m.key)
	b.open("/moderation")
}
