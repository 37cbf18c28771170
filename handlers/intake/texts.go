package intake

import (
	"math"
	"strconv"
	"strings"

	"postern/media"
)

// ParseCategory reads the ID of a category, 0 for an empty text. What is no ID is
// media.ErrCategory.
func ParseCategory(s string) (int64, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id <= 0 {
		return 0, media.ErrCategory
	}
	return id, nil
}

// ParseVisibility reads who may see an item, "" for an empty text. What is nothing of the
// kind is media.ErrVisibility.
func ParseVisibility(s string) (media.Visibility, error) {
	if s = strings.TrimSpace(s); s == "" {
		return "", nil
	}
	v, ok := media.ParseVisibility(s)
	if !ok {
		return "", media.ErrVisibility
	}
	return v, nil
}

// parseWidth reads a width as PHP reads a numeric text: 400.7 is 400, 1e2 is
// 100, and what is not a number is none.
func parseWidth(s string) int {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(n) || strings.ContainsAny(s, "xXpP_") {
		return 0
	}
	return int(min(max(n, math.MinInt32), math.MaxInt32))
}

// MaxPostTags bounds the tags of a post.
const MaxPostTags = 32

// ParseTags reads a list of tags, with commas between them. It drops those that
// media.ValidTag refuses, as Chevereto does, and repeated ones.
func ParseTags(s string) []string {
	var tags []string
	seen := make(map[string]bool)
	for _, tag := range strings.Split(s, ",") {
		tag = strings.Join(strings.Fields(tag), " ")
		key := media.FoldTag(tag)
		if seen[key] || !media.ValidTag(tag) {
			continue
		}
		seen[key] = true
		tags = append(tags, tag)
	}
	return tags
}
