package galleries

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"postern/media"
	"postern/media/mediatest/contract"
)

// model is a database with random items, posts and users, and a plain model of them.
type model struct {
	t     *testing.T
	db    contract.Records
	r     *rand.Rand
	users []media.User
	items []*modelItem
	posts []*media.Post

	withheld map[int64]bool // users whose items are
}

// modelItem is an item, and what the database should make of it.
type modelItem struct {
	*media.Item
	gone       bool // or being deleted
	trashed    bool
	moderation media.Moderation
	post       int64
	wasClosed  bool // it came out of a post that was not public
	closed     bool // it is private or has a lock
	visibility media.Visibility
}

// there reports whether an item can be changed.
func (it *modelItem) there() bool { return !it.gone && !it.trashed }

var modelTags = []string{"cat", "dog", "sea"}

func newModel(t *testing.T, db contract.Records, seed uint64) *model {
	m := &model{t: t, db: db, r: rand.New(rand.NewPCG(seed, seed)), withheld: make(map[int64]bool)}
	for i := range 3 {
		u := media.User{Name: fmt.Sprintf("user%d", i), CreatedAt: contract.Noon}
		m.must(m.db.InsertUser(t.Context(), &u))
		m.users = append(m.users, u)
	}
	return m
}

func (m *model) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func pick[T any](m *model, from []T) T { return from[m.r.IntN(len(from))] }

// modelClauses are random histories.
var modelClauses = []contract.Clause{
	{Name: "lists are what their rows say: 0", Run: func(t *testing.T, db contract.Records) { newModel(t, db, 0).live() }},
	{Name: "lists are what their rows say: 1", Run: func(t *testing.T, db contract.Records) { newModel(t, db, 1).live() }},
	{Name: "lists are what their rows say: 2", Run: func(t *testing.T, db contract.Records) { newModel(t, db, 2).live() }},
	{Name: "lists are what their rows say: 3", Run: func(t *testing.T, db contract.Records) { newModel(t, db, 3).live() }},
	{Name: "lists leave out what has ended before the reaper comes", Run: listsWithoutEnded},
}

// live does many random things and holds lists and counts against the model.
func (m *model) live() {
	for i := range 400 {
		m.step()
		if i%40 == 39 {
			for range 30 {
				m.compareList()
			}
			m.comparePosts()
			m.compareGalleries()
			m.compareSorts()
		}
	}
	m.deleteUser()
	for range 60 {
		m.compareList()
	}
	m.comparePosts()
	m.compareCounts()
}
