package media

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTag is how many characters a tag may have.
const maxTag = 32

// ValidTag reports whether a text can be a tag. It has 1 to 32 characters without a comma,
// slash or hash, is more than punctuation, and has nothing that a reader would not see:
// other characters would make tags that look like another one, or like nothing.
func ValidTag(tag string) bool {
	return tag != "0" && utf8.RuneCountInString(tag) <= maxTag && !strings.ContainsAny(tag, ",/#") &&
		!strings.ContainsFunc(tag, neverSeen) && strings.ContainsFunc(tag, saysSomething)
}

// neverSeen reports whether a character has no looks: a control character, one that turns
// the direction of what follows, or a filler. Joiners form letters of some scripts, and
// emoji, and so do variation selectors.
func neverSeen(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return r != nonJoiner && r != joiner && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Other_Default_Ignorable_Code_Point)
}

// saysSomething reports whether a character stands for more than space and ASCII
// punctuation, by itself.
func saysSomething(r rune) bool {
	const blankBraille = '\u2800'
	return !(r <= unicode.MaxASCII && (unicode.IsPunct(r) || unicode.IsSymbol(r))) && r != blankBraille &&
		!unicode.IsSpace(r) && !unicode.In(r, unicode.C, unicode.Mn)
}

// MaxOwnTags is how many tags of a user a list has at most.
const MaxOwnTags = 1000

// ErrNoTag reports a change of tags that names none.
var ErrNoTag = errors.New("no tag")

// TagRecords is what a database does with the tags of a user's items and albums.
type TagRecords interface {
	// TagsOf returns the names of up to limit tags of a user in the order of FoldTag. Of
	// the spellings of a tag it returns one.
	TagsOf(ctx context.Context, userID int64, limit int) ([]string, error)

	// Retag puts a tag in the place of others, in all their spellings, wherever a user has
	// them, in or out of the trash. What has the tag already, in any spelling, keeps it.
	// A long change goes in parts: of one that was cut off, another call does the rest.
	Retag(ctx context.Context, userID int64, from []string, to string) error
}

// ReplaceTags returns tags with one in the place of the first of others, which are given
// as FoldTag returns them.
func ReplaceTags(tags, from []string, to string) []string {
	var replaced []string
	at := -1
	for _, name := range tags {
		switch {
		case !slices.Contains(from, FoldTag(name)):
			replaced = append(replaced, name)
		case at < 0:
			at = len(replaced)
		}
	}
	has := slices.ContainsFunc(replaced, func(name string) bool { return FoldTag(name) == FoldTag(to) })
	if at < 0 || has {
		return replaced
	}
	return slices.Insert(replaced, at, to)
}
