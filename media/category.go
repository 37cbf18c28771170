package media

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Category is one of the server's own sorts of items.
type Category struct {
	ID   int64
	Name string
}

// maxCategoryName bounds the characters of a category's name.
const maxCategoryName = 50

// CategoryName returns a category's name as it is kept, with one space between
// its words. The error says what is wrong with it.
func CategoryName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		return "", errors.New("the name is empty")
	case utf8.RuneCountInString(name) > maxCategoryName:
		return "", fmt.Errorf("the name is longer than %d characters", maxCategoryName)
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return "", fmt.Errorf("the name has the character %q", r)
		}
	}
	return name, nil
}

// FindCategory returns the category of an ID, or else of a name: of the very
// same one before one whose letters differ in case. The error wraps
// fs.ErrNotExist when there is none.
func FindCategory(ctx context.Context, accounts Accounts, word string) (Category, error) {
	all, err := accounts.Categories(ctx)
	if err != nil {
		return Category{}, err
	}
	for _, fits := range []func(Category) bool{
		func(c Category) bool { return word == strconv.FormatInt(c.ID, 10) },
		func(c Category) bool { return word == c.Name },
		func(c Category) bool { return strings.EqualFold(word, c.Name) },
	} {
		for _, c := range all {
			if fits(c) {
				return c, nil
			}
		}
	}
	return Category{}, fmt.Errorf("category %q: %w", word, fs.ErrNotExist)
}

// FoldTag returns what all spellings of a tag have in common: tags that differ
// in the case of their letters alone are one.
func FoldTag(name string) string { return strings.ToLower(name) }
