package pages

import (
	"time"

	"postern/media"
)

// Discussion is what people think of an album, on a site with Community.
type Discussion struct {
	Author, AuthorPath string
	Key                string // access key in the request, which forms hand on
	Comments           []Comment
	Count              int    // of comments
	More               string // URL of the next page of comments; "" for none
	Guest              bool
	Error              string // what is wrong with a comment
	Typed              string // that comment
}

// Comment is a comment on a page.
type Comment struct {
	media.Comment
	UserPath string
	Date     time.Time
	Depth    int // 0 to 3, as an answer to an answer
	Own      bool
}
