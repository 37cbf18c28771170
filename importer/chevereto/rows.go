package chevereto

import (
	"context"
	"strings"
	"time"
)

// Faults tells what made no sense of a row. The fields that are concerned are
// zero.
type Faults []string

// User is a person with an account.
type User struct {
	Faults
	Number       int64
	Username     string // of letters, digits and underscores; whatever the case, unique
	Name         string // as it is shown
	Email        string
	CreatedAt    time.Time
	Website, Bio string
	Timezone     string
	Language     string
	Status       string // valid, awaiting-confirmation, awaiting-email or banned
	Admin        bool
	Manager      bool
	Private      bool
	Avatar       string // file name; "" for none
	Background   string
	Expiration   string // of uploads, such as P6M
}

// Banned reports whether the person was shut out.
func (u *User) Banned() bool { return u.Status == "banned" }

// Users reads the users, in the order of the table as all others here.
func (in *Installation) Users(ctx context.Context, f func(User) error) error {
	return in.rows(ctx, "users", func(r Row) error {
		u := User{
			Number: r.Int("user_id"), Username: r.String("user_username"), Name: r.String("user_name"), Email: r.String("user_email"),
			CreatedAt: firstTime(&r, "user_date_gmt", "user_date"), Website: r.String("user_website"), Bio: r.String("user_bio"),
			Timezone: r.String("user_timezone"), Language: r.String("user_language"), Status: r.String("user_status"),
			Admin: r.Bool("user_is_admin"), Manager: r.Bool("user_is_manager"), Private: r.Bool("user_is_private"),
			Avatar: r.String("user_avatar_filename"), Background: r.String("user_background_filename"),
			Expiration: r.String("user_image_expiration"),
		}
		u.Faults = r.Problems()
		return f(u)
	})
}

func firstTime(r *Row, columns ...string) time.Time {
	for _, column := range columns {
		if t := r.Time(column); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// Password is the bcrypt hash of a user's password.
type Password struct {
	UserNumber int64
	Hash       string
}

// Passwords reads the hashes of passwords. Version 4 has a table of them; one
// that was upgraded has old copies in the table of version 3, which come first.
func (in *Installation) Passwords(ctx context.Context, f func(Password) error) error {
	err := in.rows(ctx, "logins", func(r Row) error {
		if r.String("login_type") != "password" {
			return nil
		}
		return f(Password{r.Int("login_user_id"), r.String("login_secret")})
	})
	if err != nil {
		return err
	}
	return in.rows(ctx, "login_passwords", func(r Row) error {
		return f(Password{r.Int("login_password_user_id"), r.String("login_password_hash")})
	})
}

// Key is an API key of version 4, of which only the bcrypt hash is known.
type Key struct {
	Faults
	Number     int64
	UserNumber int64
	Name       string
	CreatedAt  time.Time
	Hash       string
}

// Keys reads the API keys.
func (in *Installation) Keys(ctx context.Context, f func(Key) error) error {
	return in.rows(ctx, "api_keys", func(r Row) error {
		k := Key{Number: r.Int("api_key_id"), UserNumber: r.Int("api_key_user_id"), Name: r.String("api_key_name"),
			CreatedAt: r.Time("api_key_date_gmt"), Hash: r.String("api_key_hash")}
		k.Faults = r.Problems()
		return f(k)
	})
}

// Privacy says who saw an album.
type Privacy string

// The kinds of privacy. Any other counts as PrivacyPrivate.
const (
	PrivacyPublic   Privacy = "public"
	PrivacyLink     Privacy = "private_but_link" // who knows the link
	PrivacyPassword Privacy = "password"
	PrivacyPrivate  Privacy = "private"
)

// Album gathers images of a user.
type Album struct {
	Faults
	Number       int64
	UserNumber   int64 // 0 for a guest
	Name         string
	Description  string
	CreatedAt    time.Time
	Privacy      Privacy
	Password     string // in clear; "" for none
	CoverNumber  int64  // an image; 0 for none
	ParentNumber int64  // an album; 0 for none
	Views        int64
	CTA          string // buttons, as JSON; "" for none
}

// Albums reads the albums.
func (in *Installation) Albums(ctx context.Context, f func(Album) error) error {
	return in.rows(ctx, "albums", func(r Row) error {
		a := Album{
			Number: r.Int("album_id"), UserNumber: r.Int("album_user_id"), Name: r.String("album_name"), Description: r.String("album_description"),
			CreatedAt: firstTime(&r, "album_date_gmt", "album_date"), Privacy: Privacy(r.String("album_privacy")),
			CoverNumber: r.Int("album_cover_id"), ParentNumber: r.Int("album_parent_id"), Views: r.Int("album_views"),
		}
		a.Password, _ = in.key.Reveal(r.String("album_password"), isText)
		if r.Bool("album_cta_enable") {
			a.CTA = r.String("album_cta")
		}
		switch a.Privacy {
		case PrivacyPublic, PrivacyLink, PrivacyPassword:
		default:
			a.Privacy = PrivacyPrivate
		}
		a.Faults = r.Problems()
		return f(a)
	})
}

// Category is one of the site's own sorts of images.
type Category struct {
	Faults
	Number      int64
	Name        string
	URLKey      string
	Description string
}

// Categories reads the categories.
func (in *Installation) Categories(ctx context.Context, f func(Category) error) error {
	return in.rows(ctx, "categories", func(r Row) error {
		c := Category{Number: r.Int("category_id"), Name: r.String("category_name"), URLKey: r.String("category_url_key"), Description: r.String("category_description")}
		c.Faults = r.Problems()
		return f(c)
	})
}

// Tag is a tag of version 4.2; two whose letters differ in case are two.
type Tag struct {
	Faults
	Number      int64
	Name        string
	Description string
}

// Tags reads the tags.
func (in *Installation) Tags(ctx context.Context, f func(Tag) error) error {
	return in.rows(ctx, "tags", func(r Row) error {
		t := Tag{Number: r.Int("tag_id"), Name: r.String("tag_name"), Description: r.String("tag_description")}
		t.Faults = r.Problems()
		return f(t)
	})
}

// Tagging says that an image has a tag.
type Tagging struct{ TagNumber, ImageNumber int64 }

// Taggings reads which images have which tags.
func (in *Installation) Taggings(ctx context.Context, f func(Tagging) error) error {
	return in.rows(ctx, "tags_files", func(r Row) error {
		return f(Tagging{r.Int("tag_file_tag_id"), r.Int("tag_file_file_id")})
	})
}

// Image is an image or a video.
type Image struct {
	Faults
	Number         int64
	Name           string // of the file, without its extension
	Extension      string
	Size           int64 // of the original, in bytes
	ThumbSize      int64 // 0 for no such file, as with the others
	MediumSize     int64
	FrameSize      int64
	Width, Height  int
	LocalDate      time.Time // the site's, or its uploader's; its date is that of the folder
	CreatedAt      time.Time
	Title          string
	Description    string
	NSFW           bool
	UserNumber     int64 // 0 for a guest
	AlbumNumber    int64
	CategoryNumber int64
	Address        string // of the uploader
	Mode           Mode
	Path           string // for ModePath: the folder, below the folder of files; "" if it is elsewhere
	StorageNumber  int64  // 0 for the local disk
	MD5            string
	SourceMD5      string // "" unless the bytes were changed at upload
	OriginalName   string
	EXIF           string // JSON, with positions
	Views, Likes   int64
	Chain          int64
	ExpiresAt      time.Time // zero for never
	Animated       bool
	Approved       bool
	Is360          bool
	Duration       time.Duration
}

// Mode says in which folder an image is.
type Mode string

// The modes of storage; one site mixes them.
const (
	ModeDateFolder Mode = "datefolder"
	ModeDirect     Mode = "direct"
	ModeOld        Mode = "old"
	ModePath       Mode = "path"
)

// Images reads the images and videos.
func (in *Installation) Images(ctx context.Context, f func(Image) error) error {
	return in.rows(ctx, "images", func(r Row) error {
		m := Image{
			Number: r.Int("image_id"), Name: r.String("image_name"), Extension: r.String("image_extension"),
			Size: r.Int("image_size"), ThumbSize: r.Int("image_thumb_size"), MediumSize: r.Int("image_medium_size"), FrameSize: r.Int("image_frame_size"),
			Width: r.Int32("image_width"), Height: r.Int32("image_height"),
			LocalDate: r.Time("image_date"), CreatedAt: firstTime(&r, "image_date_gmt", "image_date"),
			Title: r.String("image_title"), Description: r.String("image_description"), NSFW: r.Bool("image_nsfw"),
			UserNumber: r.Int("image_user_id"), AlbumNumber: r.Int("image_album_id"), CategoryNumber: r.Int("image_category_id"),
			Address: r.String("image_uploader_ip"), Mode: Mode(r.String("image_storage_mode")), Path: r.String("image_path"), StorageNumber: r.Int("image_storage_id"),
			MD5: r.String("image_md5"), SourceMD5: r.String("image_source_md5"), OriginalName: r.String("image_original_filename"),
			EXIF: r.String("image_original_exifdata"), Views: r.Int("image_views"), Likes: r.Int("image_likes"), Chain: r.Int("image_chain"),
			ExpiresAt: r.Time("image_expiration_date_gmt"), Animated: r.Bool("image_is_animated"), Approved: !r.Has("image_is_approved") || r.Bool("image_is_approved"),
			Is360: r.Bool("image_is_360"), Duration: time.Duration(r.Int32("image_duration")) * time.Second,
		}
		if m.Mode == "" {
			m.Mode = ModeDateFolder
		}
		m.Path = below(in.Settings.ImagePath, m.Path)
		m.Faults = r.Problems()
		return f(m)
	})
}

// DeleteHash is the bcrypt hash of the password in an image's delete link.
type DeleteHash struct {
	ImageNumber int64
	Hash        string
}

// DeleteHashes reads the hashes for delete links, of version 4.
func (in *Installation) DeleteHashes(ctx context.Context, f func(DeleteHash) error) error {
	return in.rows(ctx, "images_hash", func(r Row) error {
		return f(DeleteHash{r.Int("image_hash_image_id"), r.String("image_hash_hash")})
	})
}

// Content says what a record is about.
type Content string

// The kinds of content.
const (
	ContentImage Content = "image"
	ContentAlbum Content = "album"
	ContentUser  Content = "user"
)

// Like says that a user likes an image or an album.
type Like struct {
	UserNumber int64
	Content    Content
	Number     int64 // of the image or album
	CreatedAt  time.Time
}

// Likes reads the likes.
func (in *Installation) Likes(ctx context.Context, f func(Like) error) error {
	return in.rows(ctx, "likes", func(r Row) error {
		return f(Like{r.Int("like_user_id"), Content(r.String("like_content_type")), r.Int("like_content_id"), firstTime(&r, "like_date_gmt", "like_date")})
	})
}

// Follow says that a user follows another one.
type Follow struct {
	UserNumber     int64
	FollowedNumber int64
	CreatedAt      time.Time
}

// Follows reads who follows whom.
func (in *Installation) Follows(ctx context.Context, f func(Follow) error) error {
	return in.rows(ctx, "follows", func(r Row) error {
		return f(Follow{r.Int("follow_user_id"), r.Int("follow_followed_user_id"), firstTime(&r, "follow_date_gmt", "follow_date")})
	})
}

// Deletion is what is left of a deleted image.
type Deletion struct {
	ImageNumber int64
	MD5         string
}

// Deletions reads what is left of deleted images.
func (in *Installation) Deletions(ctx context.Context, f func(Deletion) error) error {
	return in.rows(ctx, "deletions", func(r Row) error {
		return f(Deletion{r.Int("deleted_content_id"), r.String("deleted_content_md5")})
	})
}

// Redirect leads from a path of version 3 to content. Version 4 keeps the table
// of an upgraded site.
type Redirect struct {
	From    string // a path, or "/?query"
	Content Content
	Number  int64
}

// Redirects reads the redirects.
func (in *Installation) Redirects(ctx context.Context, f func(Redirect) error) error {
	return in.rows(ctx, "redirects", func(r Row) error {
		return f(Redirect{r.String("redirect_from"), Content(r.String("redirect_content_type")), r.Int("redirect_content_id")})
	})
}

// Storage is a place for files that is not the site's own disk.
type Storage struct {
	Number int64
	Name   string
	URL    string // the base of public URLs, with a slash at its end
}

// Storages reads the storages.
func (in *Installation) Storages(ctx context.Context, f func(Storage) error) error {
	return in.rows(ctx, "storages", func(r Row) error {
		url := r.String("storage_url")
		if url != "" {
			url = strings.TrimRight(url, "/") + "/"
		}
		return f(Storage{r.Int("storage_id"), r.String("storage_name"), url})
	})
}

// IPBan shuts an address out.
type IPBan struct {
	Address   string // or a pattern with asterisks
	ExpiresAt time.Time
	Message   string
}

// IPBans reads the bans of addresses.
func (in *Installation) IPBans(ctx context.Context, f func(IPBan) error) error {
	return in.rows(ctx, "ip_bans", func(r Row) error {
		return f(IPBan{r.String("ip_ban_ip"), r.Time("ip_ban_expires_gmt"), r.String("ip_ban_message")})
	})
}
