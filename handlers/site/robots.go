package site

// Robots is what search engines may do with a site.
type Robots string

// The kinds of Robots. An engine that may fetch nothing does not see that it must not
// index, so a URL that it finds elsewhere may still be listed, without its content.
const (
	RobotsIndex    Robots = "index"
	RobotsNoIndex  Robots = "noindex"  // fetch, and keep nothing of it
	RobotsDisallow Robots = "disallow" // fetch nothing
)

// Text returns the file robots.txt.
func (r Robots) Text() string {
	if r == RobotsDisallow {
		return "User-agent: *\nDisallow: /\n"
	}
	return "User-agent: *\nDisallow:\n"
}
