package config

import (
	"strings"
	"testing"
)

func TestAddressesOfSites(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "https://img.example.org": "https://img.example.org", "HTTPS://img.example.org/": "https://img.example.org",
		"http://localhost:8080/pics/": "http://localhost:8080/pics", "https://[::1]:8443/a/b-c": "https://[::1]:8443/a/b-c",
	} {
		c, err := Read("", func(string) string { return "" }, map[string]string{"base_url": text, "imgpile.cdn_url": text})
		if err != nil || Address(c.BaseURL) != want {
			t.Errorf("%q: %q, %v, want %q", text, Address(c.BaseURL), err, want)
		}
	}
	for _, text := range []string{
		"img.example.org", "img.example.org:8080", "/pics", "//img.example.org", "ftp://img.example.org", "https://", "https:///pics", "https://:8080",
		"https:img.example.org", "https://img.example.org?a", "https://img.example.org/#x", "https://u:p@img.example.org", "https://img.example.org/a b",
		"https://img.example.org/../x", "https://img.example.org/a//b", "https://img.example.org/%2e", "https://img.example.org/?", "javascript:alert(1)",
		"https://img.example.org:port", "https://img.example.org/\"", "https://img.example.org/;x",
	} {
		for _, key := range []string{"base_url", "imgpile.cdn_url"} {
			_, err := Read("", func(string) string { return "" }, map[string]string{key: text})
			if err == nil || !strings.Contains(err.Error(), key+" =") {
				t.Errorf("%s = %q: %v, want an error that names the setting", key, text, err)
			}
		}
	}
}
