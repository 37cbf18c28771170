package movein

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"postern/importer/bring"
	"postern/importer/chevereto"
	"postern/media"
	"postern/media/library"
)

// itemsAtOnce is how many items are made durable together.
const itemsAtOnce = 512

// maxRenames is how often an item gets another name, for want of one that is free.
const maxRenames = 8

// entry is an image on its way.
type entry struct {
	image   chevereto.Image
	arrival *bring.Arrival
	remote  map[media.Role]string // files that are fetched, below the URL of the storage; nil for none
	err     error                 // of fetch or Examine
}

// batch is some images that are brought here together.
type batch struct {
	entries []*entry
	folders map[sourceFolder]*os.Root // of their files, nil for one that cannot be opened
}

type sourceFolder struct {
	root *os.Root
	path string
}

// maxFolders bounds the folders that a batch keeps open.
const maxFolders = 64

// folder opens a folder for the files of a batch; nil if it does not.
func (b *batch) folder(root *os.Root, path string) *os.Root {
	key := sourceFolder{root, path}
	folder, ok := b.folders[key]
	if !ok && len(b.folders) < maxFolders {
		folder, _ = root.OpenRoot(path)
		b.folders[key] = folder
	}
	return folder
}

func (b *batch) close() {
	for _, folder := range b.folders {
		if folder != nil {
			folder.Close()
		}
	}
}

func (r *run) importItems(ctx context.Context) error {
	defer func() { r.examined.close() }()
	var images []chevereto.Image
	var toFetch int64 // bytes
	err := r.Installation.Images(ctx, func(m chevereto.Image) error {
		if r.fetches(&m) {
			toFetch += m.Size
		}
		if images = append(images, m); len(images) < itemsAtOnce && toFetch < fetchedAtOnce {
			return nil
		}
		err := r.importBatch(ctx, images)
		images, toFetch = images[:0], 0
		return err
	})
	if err == nil {
		err = r.importBatch(ctx, images)
	}
	if err == nil {
		err = r.bring(ctx, r.examined.entries)
	}
	return err
}

// importBatch examines a batch while the one before it is brought here.
func (r *run) importBatch(ctx context.Context, images []chevereto.Image) error {
	next := &batch{folders: make(map[sourceFolder]*os.Root)}
	if err := r.newEntries(ctx, next, images); err != nil {
		next.close()
		return err
	}
	brought := make(chan error)
	go func() { brought <- r.bring(ctx, r.examined.entries) }()
	r.examine(ctx, next.entries)
	err := cmp.Or(<-brought, ctx.Err())
	r.examined.close()
	r.examined = next
	if err != nil {
		return err
	}
	for _, e := range next.entries {
		if errors.Is(e.err, media.ErrFull) {
			return e.err
		}
	}
	next.entries = slices.DeleteFunc(next.entries, r.leaveIfBad)
	r.tellProgress()
	return nil
}

func (r *run) tellProgress() {
	if r.Progress == nil {
		return
	}
	c := r.report.count("items")
	r.Progress(Progress{Done: c.Imported + c.Present + c.Left, Of: max(int64(r.Installation.NextNumber("images"))-1, c.Found),
		Bytes: r.report.Bytes, Took: time.Since(r.began)})
}

// newEntries makes items of images that are not here yet.
func (r *run) newEntries(ctx context.Context, b *batch, images []chevereto.Image) (err error) {
	numbers := make([]int64, len(images))
	for i, m := range images {
		numbers[i] = m.Number
	}
	here := map[int64]int64{}
	if r.site.ID != 0 {
		if here, err = r.Records.OldNumbers(ctx, r.site.ID, media.OldItem, numbers); err != nil {
			return err
		}
	}
	count := r.report.count("items")
	seen := make(map[int64]bool, len(images))
	for _, m := range images {
		if err := cmp.Or(r.notePaths(&m), r.numbers.add(uint64(m.Number), 0)); err != nil {
			return err
		}
		owner, known := r.users[m.UserNumber]
		if known && !owner.wanted || m.UserNumber == 0 && r.LimitUsers != nil {
			continue
		}
		count.Found++
		if _, ok := here[m.Number]; ok {
			count.Present++
			continue
		}
		switch {
		case m.Number == 0 || seen[m.Number]:
			r.leave(&m, "the number of the record makes no sense", nil)
		case m.UserNumber != 0 && !known:
			r.leave(&m, "the user of the image does not exist", nil)
		default:
			seen[m.Number] = true
			e, err := r.newEntry(b, m, owner)
			if err != nil {
				return err
			}
			if e != nil {
				b.entries = append(b.entries, e)
			}
		}
	}
	return nil
}

func (r *run) leave(m *chevereto.Image, reason string, cause error) {
	remark := Remark{Kind: "items", Number: m.Number, Name: r.publicID(m.Number), Left: true, Reason: reason}
	if cause != nil {
		remark.Detail = cause.Error()
	}
	r.report.remark(remark)
}

// newEntry makes an item of an image of a user, who is none for a guest. It returns nil
// for an image that is left.
func (r *run) newEntry(b *batch, m chevereto.Image, owner user) (*entry, error) {
	files, ok := m.Files()
	if !ok {
		r.leave(&m, "the record does not tell where the file is", nil)
		return nil, nil
	}
	root, base := r.storageFolder(&m)
	remote := r.fetches(&m)
	if root == nil && !remote {
		r.leave(&m, fmt.Sprintf("the file is in storage %d: name a folder with its files (--storage %d=DIR), or fetch them (--fetch-storages)",
			m.StorageNumber, m.StorageNumber), nil)
		return nil, nil
	}
	r.faults("items", m.Number, r.publicID(m.Number), m.Faults)
	tags, err := r.tagsOf(m.Number)
	if err != nil {
		return nil, err
	}
	it := &media.Item{
		ID: r.publicID(m.Number), UserID: owner.id, CategoryID: r.category[m.CategoryNumber], Is360: m.Is360,
		MD5: m.MD5, SourceMD5: m.SourceMD5, OriginalName: media.CutBytes(m.OriginalName, 255),
		Title: media.CutRunes(m.Title, media.MaxMediaTitle), Titled: isTitled(&m), Description: media.CutBytes(m.Description, media.MaxDescription),
		Visibility: media.Public, Tags: tags, NSFW: m.NSFW, Views: m.Views, CreatedAt: r.orNow(m.CreatedAt), ExpiresAt: m.ExpiresAt,
	}
	if m.CategoryNumber != 0 && it.CategoryID == 0 {
		r.report.remark(Remark{Kind: "items", Number: m.Number, Name: it.ID, Reason: "the category of the image does not exist; it has none here"})
	}
	r.setAlbum(it, &m)
	switch {
	case owner.banned:
		it.ModerationStatus = media.ModerationRejected
	case !m.Approved:
		it.ModerationStatus = media.ModerationPending
	}
	if r.albums[m.AlbumNumber].private || !m.Approved {
		// Old IDs can be counted, and a link opens an item here.
		it.ID = r.importer().OtherID(m.Number, 0)
	}
	a := &bring.Arrival{Address: m.Address, Source: make(map[media.Role]bring.SourceFile)}
	a.Item, a.Number = it, m.Number
	a.Unlisted = owner.private || r.Installation.Settings.Private
	e := &entry{image: m, arrival: a}
	var folder *os.Root
	if remote {
		e.remote = make(map[media.Role]string)
	} else {
		folder = b.folder(root, path.Dir(files.Original))
	}
	for role, file := range map[media.Role]string{media.RoleOriginal: files.Original, media.RoleThumb: files.Thumb, media.RoleMedium: files.Medium, media.RoleFrame: files.Frame} {
		if !hasFile(&m, role) {
			if remote || role == media.RoleFrame {
				continue // only videos have frames
			}
			if _, err := root.Stat(file); err != nil {
				continue
			}
		}
		key := path.Join(library.UploadsDir, file)
		it.File(role).Key = key
		a.Source[role] = bring.SourceFile{Root: root, Path: file, Folder: folder}
		if remote {
			a.Source[role], e.remote[role] = r.fetched(m.StorageNumber, file), file
		}
		if old := path.Join(base, file); old != key {
			a.Paths = append(a.Paths, media.OldPath{Path: old, Kind: media.OldItem, Role: role})
		}
	}
	if m.Mode == chevereto.ModeOld || r.Installation.Heritage() {
		// Version 1 had pages under such addresses; the first of a name has it.
		a.Paths = append(a.Paths, media.OldPath{Path: "?v=" + path.Base(files.Original), Kind: media.OldItem})
	}
	return e, nil
}

// hasFile reports whether an image has a file in a role, by its record. Version 3
// goes by what is on the disk.
func hasFile(m *chevereto.Image, role media.Role) bool {
	switch role {
	case media.RoleThumb:
		return true // one that is missing is told
	case media.RoleMedium:
		return m.MediumSize > 0 || m.Chain&2 != 0
	case media.RoleFrame:
		return m.Video()
	}
	return true
}

// isTitled reports whether the title is more than the file's name.
func isTitled(m *chevereto.Image) bool {
	return m.Title != "" && m.Title != media.TitleFromName(m.OriginalName)
}

// setAlbum gives an item the album of its image, unless that is another user's.
func (r *run) setAlbum(it *media.Item, m *chevereto.Image) {
	if m.AlbumNumber == 0 {
		return
	}
	a, ok := r.albums[m.AlbumNumber]
	switch {
	case ok && a.old == m.UserNumber:
		// An album of a guest has a user here, and so has what is in it.
		it.AlbumID, it.UserID = a.id, a.owner
	case ok:
		r.report.remark(Remark{Kind: "items", Number: m.Number, Name: it.ID, Reason: "the album of the image is another user's; it is in none here"})
	default:
		r.report.remark(Remark{Kind: "items", Number: m.Number, Name: it.ID, Reason: "the album of the image does not exist; it is in none here"})
	}
}

// examine reads the files of a batch, several at once, and fetches those that are
// elsewhere. A dry run fetches none, and believes the records.
func (r *run) examine(ctx context.Context, entries []*entry) {
	importer := r.importer()
	var wg sync.WaitGroup
	next := make(chan *entry)
	for range 4 {
		wg.Go(func() {
			for e := range next {
				if e.remote != nil && r.DryRun {
					e.arrival.Item.Original.Size = e.image.Size
					continue
				}
				if e.remote != nil {
					e.err = r.fetch(ctx, e)
				}
				if e.err == nil {
					e.err = importer.Examine(ctx, e.arrival)
				}
			}
		})
	}
	for _, e := range entries {
		next <- e
	}
	close(next)
	wg.Wait()
}

// leaveIfBad tells of an image whose files are no use, and of what is odd about
// others.
func (r *run) leaveIfBad(e *entry) bool {
	var notFetched *notFetchedError
	switch {
	case errors.As(e.err, &notFetched):
		r.leave(&e.image, notFetched.reason, notFetched.cause)
	case errors.Is(e.err, fs.ErrNotExist):
		r.leave(&e.image, "the file is missing", nil)
	case e.err != nil:
		r.leave(&e.image, "the file is nothing that is taken here", e.err)
	}
	if e.err != nil {
		e.dropFetched()
		return true
	}
	for _, remark := range e.arrival.Remarks {
		reason, detail, _ := strings.Cut(remark, ":")
		switch media.Role(reason) {
		case media.RoleThumb, media.RoleMedium, media.RoleFrame:
			reason = "the " + reason + " is missing or damaged"
		}
		r.report.remark(Remark{Kind: "items", Number: e.image.Number, Name: e.arrival.Item.ID, Reason: reason, Detail: strings.TrimSpace(detail)})
	}
	return false
}

// bring makes a batch durable. Items whose names are taken get others.
func (r *run) bring(ctx context.Context, entries []*entry) error {
	if r.DryRun {
		for _, e := range entries {
			r.countItem(e)
		}
		return nil
	}
	var here, fetched []*entry
	for _, e := range entries {
		if e.remote != nil {
			fetched = append(fetched, e)
		} else {
			here = append(here, e)
		}
	}
	if err := r.bringBy(ctx, r.importer(), here); err != nil {
		return err
	}
	own := r.importer()
	own.Transfer = bring.TransferMove // the copies are this import's
	return r.bringBy(ctx, own, fetched)
}

// bringBy is for items whose files come in one way.

func (r *run) bringBy(ctx context.Context, importer *bring.Importer, entries []*entry) error {
	for attempt := 0; len(entries) > 0; attempt++ {
		arrivals := make([]*bring.Arrival, len(entries))
		for i, e := range entries {
			arrivals[i] = e.arrival
		}
		refused, err := importer.Bring(ctx, arrivals)
		if err != nil {
			return err
		}
		var again []*entry
		for i, e := range entries {
			switch err := refused[i]; {
			case err == nil:
				r.countItem(e)
			case errors.Is(err, fs.ErrExist):
				r.report.count("items").Present++ // by another import at this moment
			case (errors.Is(err, media.ErrKeyTaken) || errors.Is(err, media.ErrIDTaken)) && attempt < maxRenames:
				r.rename(e, err, attempt+1)
				again = append(again, e)
			case errors.Is(err, fs.ErrNotExist):
				r.leave(&e.image, "the file is missing", nil)
			default:
				r.leave(&e.image, "the file could not be brought here", err)
				e.dropFetched()
			}
		}
		entries = again
	}
	return nil
}

// rename gives an item another ID, or other keys: its old paths stay.
func (r *run) rename(e *entry, taken error, attempt int) {
	it := e.arrival.Item
	if errors.Is(taken, media.ErrIDTaken) {
		r.report.remark(Remark{Kind: "items", Number: e.image.Number, Name: it.ID, Reason: "the ID is taken here; the item has another one, and its old links go on working"})
		it.ID = r.importer().OtherID(e.image.Number, attempt)
		return
	}
	suffix := "-" + r.importer().OtherID(e.image.Number, attempt)
	for _, role := range it.Roles() {
		f := it.File(role)
		known := slices.ContainsFunc(e.arrival.Paths, func(p media.OldPath) bool { return p.Role == role })
		if !known {
			e.arrival.Paths = append(e.arrival.Paths, media.OldPath{Path: f.Key, Kind: media.OldItem, Role: role})
		}
		dir, name := path.Split(f.Key)
		first, rest, _ := strings.Cut(name, ".")
		f.Key = dir + first + suffix + "." + rest
	}
}

func (r *run) countItem(e *entry) {
	r.report.count("items").Imported++
	it := e.arrival.Item
	for _, role := range it.Roles() {
		r.report.Files++
		r.report.Bytes += it.File(role).Size
	}
	if !it.Thumb.Exists() {
		r.report.NoThumb++
	}
	if e.remote != nil {
		r.report.Fetched++
	}
	if e.arrival.Copied() && r.Transfer != bring.TransferCopy {
		r.report.Copied++
	}
}

// digestPath is what is kept of a path until orphans are looked for.
func digestPath(file string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(file))
	return h.Sum64()
}

// notePaths notes the paths of an image's files on the local disk, whether they
// are there or not.
func (r *run) notePaths(m *chevereto.Image) error {
	files, ok := m.Files()
	if !ok || m.StorageNumber != 0 {
		return nil
	}
	for _, file := range []string{files.Original, files.Thumb, files.Medium, files.Frame} {
		if err := r.files.add(digestPath(file), 0); err != nil {
			return err
		}
	}
	return nil
}

// ownFolders are folders of the program among the images.
var ownFolders = []string{"_assets", "system"}

// findOrphans counts files that no record has. A run that moves files, and one
// for some users, tells of none: it would tell of the others'.
func (r *run) findOrphans(ctx context.Context) error {
	if err := r.files.sort(); err != nil {
		return err
	}
	return fs.WalkDir(r.images.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch {
		case err != nil:
			r.report.remark(Remark{Kind: "files", Name: name, Reason: "the folder cannot be read", Detail: err.Error()})
			return nil
		case d.IsDir():
			if slices.Contains(ownFolders, name) {
				return fs.SkipDir
			}
			return nil
		case strings.HasPrefix(d.Name(), "."), d.Name() == "index.html":
			return nil
		}
		known, err := r.files.has(digestPath(name))
		if err != nil {
			return err
		}
		if !known {
			r.report.Orphans++
			r.report.remark(Remark{Kind: "files", Name: name, Reason: "a file has no record, and was left"})
		}
		return nil
	})
}

func (r *run) importDeleteLinks(ctx context.Context) error {
	count := r.report.count("delete links")
	hashes := make(map[int64]string)
	flush := func() error {
		defer clear(hashes)
		if r.DryRun || len(hashes) == 0 {
			return nil
		}
		return r.Records.AddDeleteHashes(ctx, r.site.ID, hashes)
	}
	err := r.Installation.DeleteHashes(ctx, func(h chevereto.DeleteHash) error {
		if !isBcrypt(h.Hash) {
			count.Found++
			r.report.remark(Remark{Kind: "delete links", Number: h.ImageNumber, Name: r.publicID(h.ImageNumber), Left: true, Reason: "the hash of the delete link is none of bcrypt"})
			return nil
		}
		count.Found++
		count.Imported++
		if hashes[h.ImageNumber] = h.Hash; len(hashes) < 500 {
			return nil
		}
		return flush()
	})
	return cmp.Or(err, flush())
}

func (r *run) importLikes(ctx context.Context) error {
	count := r.report.count("likes")
	var batch []media.Like
	flush := func() error {
		defer func() { batch = batch[:0] }()
		n := len(batch)
		if !r.DryRun {
			var err error
			if n, err = r.Records.AddLikes(ctx, batch); err != nil {
				return err
			}
		}
		count.Imported += int64(n)
		count.Left += int64(len(batch) - n)
		return nil
	}
	err := r.Installation.Likes(ctx, func(l chevereto.Like) error {
		u := r.users[l.UserNumber]
		if !u.wanted && r.LimitUsers != nil {
			return nil
		}
		count.Found++
		if l.Content != chevereto.ContentImage {
			r.report.remark(Remark{Kind: "likes", Number: l.Number, Left: true, Reason: "a like of an album has no place here"})
			return nil
		}
		item, here, err := r.here(ctx, media.OldItem, l.Number)
		if err != nil {
			return err
		}
		if !u.wanted || !here && !r.DryRun {
			r.report.remark(Remark{Kind: "likes", Number: l.Number, Left: true, Reason: "the user or the image of a like does not exist"})
			return nil
		}
		if batch = append(batch, media.Like{UserID: u.id, Item: item, CreatedAt: r.orNow(l.CreatedAt)}); len(batch) < 500 {
			return nil
		}
		return flush()
	})
	return cmp.Or(err, flush())
}

func (r *run) importFollows(ctx context.Context) error {
	count := r.report.count("follows")
	return r.Installation.Follows(ctx, func(f chevereto.Follow) error {
		a, b := r.users[f.UserNumber], r.users[f.FollowedNumber]
		if r.LimitUsers != nil && !(a.wanted && b.wanted) {
			return nil
		}
		count.Found++
		if !a.wanted || !b.wanted || a.id == b.id {
			r.report.remark(Remark{Kind: "follows", Number: f.UserNumber, Left: true, Reason: "the users of a follow do not exist, or are one"})
			return nil
		}
		count.Imported++
		if r.DryRun {
			return nil
		}
		_, err := r.Records.AddFollows(ctx, []media.Follow{{Follower: a.id, Followed: b.id, CreatedAt: r.orNow(f.CreatedAt)}})
		return err
	})
}

func (r *run) importBans(ctx context.Context) error {
	count := r.report.count("bans")
	return r.Installation.IPBans(ctx, func(b chevereto.IPBan) error {
		count.Found++
		if b.Address == "" {
			r.report.remark(Remark{Kind: "bans", Left: true, Reason: "a ban names no address"})
			return nil
		}
		count.Imported++
		if r.DryRun {
			return nil
		}
		return r.Records.BanAddress(ctx, b.Address, b.Message, b.ExpiresAt)
	})
}

// oldKinds are those of redirects.
var oldKinds = map[chevereto.Content]media.OldKind{
	chevereto.ContentImage: media.OldItem, chevereto.ContentAlbum: media.OldAlbum, chevereto.ContentUser: media.OldUser,
}

func (r *run) importRedirects(ctx context.Context) error {
	count := r.report.count("redirects")
	return r.Installation.Redirects(ctx, func(d chevereto.Redirect) error {
		count.Found++
		kind := oldKinds[d.Content]
		target, here, err := r.here(ctx, kind, d.Number)
		if err != nil {
			return err
		}
		if kind == "" || d.From == "" || !here && !r.DryRun {
			r.report.remark(Remark{Kind: "redirects", Number: d.Number, Name: d.From, Left: true, Reason: "a redirect leads nowhere"})
			return nil
		}
		count.Imported++
		if r.DryRun {
			return nil
		}
		return r.Records.AddOldPaths(ctx, r.site.ID, []media.OldPath{{Path: redirectPath(d.From), Kind: kind, Target: target}})
	})
}

// maxGap bounds the numbers between two records that are taken for those of
// deleted ones: an owner may have raised the counter by millions.
const maxGap = 1 << 20

// redirectPath is the path of a redirect as requests have it.
func redirectPath(from string) string {
	from = strings.TrimPrefix(from, "/")
	if strings.HasPrefix(from, "?") {
		return from
	}
	if plain, err := url.PathUnescape(from); err == nil {
		from = plain
	}
	return strings.TrimRight(from, "/")
}

// retireIDs keeps IDs of deleted images from new items, where they are as long
// as those that are made here. Records that were left may come later.
func (r *run) retireIDs(ctx context.Context) error {
	if err := r.numbers.sort(); err != nil {
		return err
	}
	var ids []string
	flush := func() error {
		defer func() { ids = ids[:0] }()
		if r.DryRun || len(ids) == 0 {
			return nil
		}
		return r.Records.RetireIDs(ctx, ids)
	}
	err := r.deletedNumbers(ctx, func(n int64) error {
		if id := r.publicID(n); len(id) == len(media.NewID()) {
			ids = append(ids, id)
		}
		if len(ids) < itemsAtOnce {
			return nil
		}
		return flush()
	})
	return cmp.Or(err, flush())
}

// deletedNumbers calls found with the numbers of images that have no record: those
// that the site remembers, and those between records. r.numbers are sorted.
func (r *run) deletedNumbers(ctx context.Context, found func(int64) error) error {
	err := r.Installation.Deletions(ctx, func(d chevereto.Deletion) error {
		known, err := r.numbers.has(uint64(d.ImageNumber))
		if err != nil || known {
			return err
		}
		return found(d.ImageNumber)
	})
	if err != nil {
		return err
	}
	before, failed := int64(0), error(nil)
	upTo := func(end int64) bool {
		for n := before + 1; n < end && end-before <= maxGap && failed == nil; n++ {
			failed = found(n)
		}
		before = max(before, end)
		return failed == nil
	}
	err = r.numbers.from(0, func(p pair) bool { return upTo(int64(p.key)) })
	if err == nil && failed == nil {
		upTo(int64(r.Installation.NextNumber("images")))
	}
	return cmp.Or(err, failed)
}
