package cheveretotest

import (
	"bytes"
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"path"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// What the sites below know in clear.
const (
	Salt       = "5a17ed00"
	Padding    = 777
	Password   = "Möwe & Welle 7" // of every user
	GuestKey   = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	DeleteWord = "0123456789abcdef0123456789abcdef0123456789abcdef" // of every image of version 4
)

// KeyTail is what follows the record in the API key of every user.
var KeyTail = strings.Repeat("c0ffee42", 16)

// settings are those of all versions.
var settings = [][2]string{
	{"website_name", "Hafenbilder"}, {"default_timezone", "Europe/Berlin"}, {"upload_image_path", "images"},
	{"route_image", "bild"}, {"route_album", "album"}, {"route_user", "user"}, {"api_v1_key", GuestKey},
}

// New makes the site of a version: "3", "4.0", "4.2", or "upgraded", a site of
// version 3 that is of 4.2 now.
func New(version string) *Site {
	b := &builder{version: version, site: &Site{Prefix: "chv_", Files: make(map[string][]byte)}, four: version != "3"}
	b.settings()
	b.users()
	b.albums()
	b.images()
	b.rest()
	if version == "3" {
		b.site.Prefix = "my_site_"
	}
	return b.site
}

type builder struct {
	version string
	four    bool // tables of version 4
	site    *Site
	pixels  uint8
}

func (b *builder) table(name, text string, next int) *Table {
	t := &Table{Name: name, Columns: columns(text), Next: next}
	b.site.Tables = append(b.site.Tables, t)
	return t
}

func (b *builder) settings() {
	t := b.table("settings", "setting_id int(11) NOT NULL\nsetting_name varchar(255) NOT NULL\nsetting_value text DEFAULT NULL\nsetting_typeset varchar(20)", 99)
	add := func(name string, value any) { t.add(len(t.Rows)+1, name, value, "string") }
	for _, s := range settings {
		add(s[0], s[1])
	}
	add("route_video", "film")
	switch b.version {
	case "3":
		add("crypt_salt", Salt)
		add("id_padding", fmt.Sprint(Padding))
		add("user_routing", "1")
		add("chevereto_version_installed", "3.16.2")
		return
	case "4.0":
		add("crypt_salt", Salt)
		add("id_padding", fmt.Sprint(Padding))
		add("chevereto_version_installed", "4.1.4")
	case "upgraded":
		// Old copies, over which the table of variables wins.
		add("crypt_salt", "01d5a1t0")
		add("id_padding", "5000")
		add("chevereto_version_installed", "1.6.2")
	}
	add("root_route", "user")
	if b.version == "4.0" {
		return
	}
	v := b.table("variables", "variable_id int(11) NOT NULL\nvariable_name varchar(255) NOT NULL\nvariable_value text DEFAULT NULL\nvariable_type varchar(20)", 9)
	v.add(1, "id_padding", fmt.Sprint(Padding), "int")
	v.add(2, "crypt_salt", Salt, "string")
	v.add(3, "chevereto_version_installed", "4.2.0", "string")
}

// bcrypt2y is a hash as PHP writes it.
func bcrypt2y(text string) string {
	hash, err := bcrypt.GenerateFromPassword([]byte(text), bcrypt.MinCost)
	if err != nil {
		panic(err)
	}
	return "$2y$" + string(hash[4:])
}

func (b *builder) users() {
	last := "user_palette_id int(11) NOT NULL"
	if !b.four {
		last = "user_is_dark_mode tinyint(1) NOT NULL"
	}
	t := b.table("users", `user_id bigint(32) NOT NULL
		user_name varchar(255) DEFAULT NULL
		user_username varchar(255) NOT NULL
		user_date varchar(20) NOT NULL
		user_date_gmt varchar(20) NOT NULL
		user_email varchar(255) DEFAULT NULL
		user_avatar_filename varchar(255) DEFAULT NULL
		user_website varchar(255) DEFAULT NULL
		user_bio varchar(255) DEFAULT NULL
		user_timezone varchar(255) NOT NULL
		user_language varchar(255) DEFAULT NULL
		user_status varchar(30) NOT NULL
		user_is_admin tinyint(1) NOT NULL
		user_is_manager tinyint(1) NOT NULL
		user_is_private tinyint(1) NOT NULL
		user_image_expiration varchar(255) DEFAULT NULL
		`+last, 8)
	add := func(n int, username, name, status string, admin, private int, email any) {
		t.add(n, name, username, "2023-03-01 11:00:00", "2023-03-01 10:00:00", email, nil, "https://example.org/?a=1&b='2'", "Zeile\r\nmit \"Zeichen\" \\ 🌊", "Europe/Berlin", "de", status, admin, 0, private, nil, 0)
	}
	add(1, "hafen", "Hafenmeisterei <b>", "valid", 1, 0, "hafen@example.org")
	add(2, "Moewe", "Mōwe 李 🌿", "valid", 0, 0, "moewe@example.org")
	add(3, "leise", "Leise", "valid", 0, 1, "leise@example.org")
	add(4, "werbung", "Best Deals", "banned", 0, 0, "ad@example.org")
	add(5, "neu", "neu", "awaiting-confirmation", 0, 0, nil)

	hash := bcrypt2y(Password)
	if !b.four || b.version == "upgraded" {
		l := b.table("logins", "login_id bigint(32) NOT NULL\nlogin_user_id bigint(32) NOT NULL\nlogin_type varchar(20) NOT NULL\nlogin_secret text DEFAULT NULL", 30)
		old := hash
		if b.four {
			old = bcrypt2y("an older password")
		}
		for n := 1; n <= 5; n++ {
			l.add(2*n, n, "cookie", "not a password")
			l.add(2*n+1, n, "password", old)
		}
	}
	if !b.four {
		return
	}
	p := b.table("login_passwords", "login_password_id bigint(32) NOT NULL\nlogin_password_user_id bigint(32) NOT NULL\nlogin_password_hash text NOT NULL", 6)
	k := b.table("api_keys", "api_key_id bigint(32) NOT NULL\napi_key_user_id bigint(32) DEFAULT NULL\napi_key_name varchar(100) DEFAULT NULL\napi_key_date_gmt varchar(20) NOT NULL\napi_key_hash text NOT NULL", 9)
	for n := 1; n <= 5; n++ {
		p.add(n, n, hash)
	}
	for _, n := range []int{2, 4} { // a key has the number of its user here
		k.add(n, n, nil, "2024-01-01 00:00:00", bcrypt2y(APIKey(n)[:72]))
	}
}

// APIKey is the API key of user 2 or 4.
func APIKey(user int) string { return "chv_" + PublicID(user) + "_" + KeyTail }

func (b *builder) albums() {
	text := `album_id bigint(32) NOT NULL
		album_name varchar(100) NOT NULL
		album_user_id bigint(32) DEFAULT NULL
		album_date varchar(20) NOT NULL
		album_date_gmt varchar(20) NOT NULL
		album_privacy varchar(20)
		album_password text DEFAULT NULL
		album_description text DEFAULT NULL
		album_views bigint(32) NOT NULL`
	if b.four {
		text += "\nalbum_cover_id bigint(32) DEFAULT NULL\nalbum_parent_id bigint(32) DEFAULT NULL\nalbum_cta_enable tinyint(1) NOT NULL\nalbum_cta text DEFAULT NULL"
	}
	t := b.table("albums", text, 12)
	add := func(n int, name string, user any, privacy string, password, cover, parent any) {
		row := []any{n, name, user, "2024-01-04 13:00:01", "2024-01-04 12:00:01", privacy, password, "Reise;\nmit 'allen'", 10 * n}
		if b.four {
			row = append(row, cover, parent, 0, nil)
		}
		t.add(row...)
	}
	add(1, "Urlaub / Holiday ☀", 2, "public", nil, 1, nil)
	add(2, "Tag 1: Strand", 2, "public", nil, nil, 1)
	add(3, "Abends", 2, "private_but_link", nil, nil, 2)
	add(4, "Geheim", 2, "password", "Apfel-7 ß", nil, nil)
	add(5, "Nur ich", 2, "private", nil, nil, nil)
	add(6, "Leise", 3, "public", nil, nil, nil)
	add(7, "Angebote", 4, "public", nil, nil, nil)
	add(8, `<b>Fett</b> & "Zitat"`, 1, "custom", nil, nil, nil)
	add(9, "von Gästen", nil, "private_but_link", nil, nil, nil)
	add(10, "von niemandem", 77, "public", nil, nil, 99)
}

// Picture is an image of a site, with the fields in which images differ.
type Picture struct {
	Number       int
	Name, Ext    string
	Local, GMT   string
	Title        any
	Description  any
	User, Album  any
	Category     any
	Storage      any
	Mode         string
	OriginalName string
	EXIF         any
	NSFW         int
	Approved     int
	Expires      any
	Width        int
	NoThumb      bool // no thumb on disk
	NoFile       bool // nothing on disk
	Medium       bool
	SourceMD5    any
	Likes, Views int
}

func (b *builder) images() {
	text := `image_id bigint(32) NOT NULL
		image_name varchar(255) NOT NULL
		image_extension varchar(255) NOT NULL
		image_size bigint(11) unsigned NOT NULL
		image_width int(11) NOT NULL
		image_height int(11) NOT NULL
		image_date varchar(20) NOT NULL
		image_date_gmt varchar(20) NOT NULL
		image_title varchar(100) DEFAULT NULL
		image_description text DEFAULT NULL
		image_nsfw tinyint(1) NOT NULL
		image_user_id bigint(32) DEFAULT NULL
		image_album_id bigint(32) DEFAULT NULL
		image_uploader_ip varchar(255) NOT NULL
		image_storage_mode varchar(20) NOT NULL
		image_path varchar(4096) DEFAULT NULL
		image_storage_id bigint(32) DEFAULT NULL
		image_md5 varchar(32) NOT NULL
		image_source_md5 varchar(32) DEFAULT NULL
		image_original_filename varchar(255) NOT NULL
		image_original_exifdata longtext DEFAULT NULL
		image_views bigint(32) NOT NULL
		image_category_id bigint(32) DEFAULT NULL
		image_chain tinyint(3) NOT NULL
		image_thumb_size int(11) NOT NULL
		image_medium_size int(11) NOT NULL
		image_expiration_date_gmt varchar(20) DEFAULT NULL
		image_likes bigint(32) NOT NULL
		image_is_animated tinyint(1) NOT NULL
		image_is_approved tinyint(1) NOT NULL`
	if b.four {
		text += "\nimage_frame_size int(11) NOT NULL\nimage_is_360 tinyint(1) NOT NULL\nimage_duration int(11) NOT NULL\nimage_type tinyint(3) unsigned"
	}
	t := b.table("images", text, 40)
	for _, p := range b.pictures() {
		b.addPicture(t, p)
	}
}

func (b *builder) pictures() []Picture {
	day := func(p Picture) Picture {
		p.Local, p.GMT = cmp.Or(p.Local, "2024-05-01 12:00:00"), cmp.Or(p.GMT, "2024-05-01 10:00:00")
		p.Mode, p.Width = cmp.Or(p.Mode, "datefolder"), cmp.Or(p.Width, 40)
		p.OriginalName = cmp.Or(p.OriginalName, p.Name+"."+p.Ext)
		return p
	}
	exif := `{"Model":"Kamera 1","GPSLatitude":["54/1","30/1","0/1"],"FileName":"x.jpg"}`
	list := []Picture{
		{Number: 1, Name: "photo1", Ext: "jpg", Local: "2024-11-20 23:59:59", GMT: "2024-11-20 22:59:59", Title: "Foto eins <neu>", User: 2, Album: 1, Views: 42, Likes: 2, Medium: true, Width: 600, EXIF: exif},
		{Number: 2, Name: "photo1", Ext: "jpg", Local: "2024-11-21 00:00:11", GMT: "2024-11-20 23:00:11", Title: "Photo one again", User: 2},
		{Number: 3, Name: "Twin", Ext: "png", Title: "oben", User: 2},
		{Number: 4, Name: "twin", Ext: "png", Title: "unten", User: 2},
		{Number: 5, Name: "a.jpg", Ext: "jpg", Mode: "old", User: 1, Title: `~&!'"?`},
		{Number: 6, Name: "-1", Ext: "png", Mode: "direct", User: 2, Title: strings.Repeat("ä", 100), OriginalName: "截图 1.png"},
		{Number: 7, Name: "nur", Ext: "jpeg", User: 2, Album: 5, Description: "Zeile\nmit <script>"},
		{Number: 8, Name: "wort", Ext: "jpg", User: 2, Album: 4, NSFW: 1},
		{Number: 9, Name: "gast", Ext: "gif", Title: "Gast"},
		{Number: 10, Name: "spam", Ext: "jpg", User: 4, Album: 7},
		{Number: 11, Name: "leise", Ext: "png", User: 3, Album: 6},
		{Number: 12, Name: "wartet", Ext: "png", User: 2, Approved: -1},
		{Number: 13, Name: "weg", Ext: "jpg", User: 2, NoFile: true},
		{Number: 14, Name: "daumenlos", Ext: "jpg", User: 2, NoThumb: true, Category: 99},
		{Number: 15, Name: "cdn", Ext: "png", User: 2, Storage: 1, Category: 1},
		{Number: 16, Name: "endet", Ext: "png", User: 2, Expires: "2099-01-01 00:00:00"},
		{Number: 17, Name: "kleiner", Ext: "png", User: 2, SourceMD5: strings.Repeat("ab", 16)},
		{Number: 18, Name: "nachtbild", Ext: "jpg", User: 2, Album: 3},
		{Number: 19, Name: "vongast", Ext: "png", Album: 9},
		{Number: 20, Name: "waise", Ext: "png", User: 77, Album: 10},
		{Number: 21, Name: "wann", Ext: "png", User: 2, Local: "0000-00-00 00:00:00", GMT: "0000-00-00 00:00:00"},
		{Number: 22, Name: "../../../etc/passwd", Ext: "png", User: 2, NoFile: true},
		{Number: 24, Name: "spät", Ext: "png", User: 2, Expires: "2020-01-01 00:00:00"},
	}
	for i := range list {
		list[i] = day(list[i])
	}
	return list
}

func (b *builder) addPicture(t *Table, p Picture) {
	data := b.encode(p.Ext, p.Width)
	thumb := b.encode(p.Ext, 20)
	var medium []byte
	if p.Medium {
		medium = b.encode(p.Ext, 50)
	}
	folder := map[string]string{"old": "old", "direct": ""}[p.Mode]
	if p.Mode == "datefolder" {
		folder = strings.ReplaceAll(p.Local[:10], "-", "/")
	}
	root := "images"
	if p.Storage != nil {
		root = "storage-1"
	}
	put := func(suffix string, data []byte) {
		if !p.NoFile && len(data) > 0 {
			b.site.Files[path.Join(root, folder, p.Name+suffix+"."+p.Ext)] = data
		}
	}
	put("", data)
	put(".md", medium)
	if !p.NoThumb {
		put(".th", thumb)
	}
	sum := md5.Sum(data)
	row := []any{p.Number, p.Name, p.Ext, len(data), p.Width, p.Width, p.Local, p.GMT, p.Title, p.Description, p.NSFW, p.User, p.Album,
		"203.0.113.7", p.Mode, nil, p.Storage, hex.EncodeToString(sum[:]), p.SourceMD5, p.OriginalName, p.EXIF, p.Views, p.Category,
		5, len(thumb), len(medium), p.Expires, p.Likes, 0, 1 + p.Approved}
	if b.four {
		row = append(row, 0, 0, 0, 1)
	}
	t.add(row...)
}

// encode makes a square picture that no other is like.
func (b *builder) encode(ext string, width int) []byte {
	b.pixels += 7
	m := image.NewPaletted(image.Rect(0, 0, width, width), color.Palette{color.Gray{b.pixels}, color.Gray{255 - b.pixels}})
	m.SetColorIndex(int(b.pixels)%width, 1, 1)
	var out bytes.Buffer
	var err error
	switch ext {
	case "png":
		err = png.Encode(&out, m)
	case "gif":
		err = gif.Encode(&out, m, nil)
	default:
		err = jpeg.Encode(&out, m, nil)
	}
	if err != nil {
		panic(err)
	}
	return out.Bytes()
}

func (b *builder) rest() {
	c := b.table("categories", "category_id bigint(32) NOT NULL\ncategory_name varchar(32) NOT NULL\ncategory_url_key varchar(32) NOT NULL\ncategory_description text DEFAULT NULL", 4)
	c.add(1, "Landschaft", "landschaft", nil)
	c.add(2, "Žvėrys", "zverys", "Tiere")
	l := b.table("likes", "like_id bigint(32) NOT NULL\nlike_date varchar(20) NOT NULL\nlike_date_gmt varchar(20) NOT NULL\nlike_user_id bigint(32) DEFAULT NULL\nlike_content_type varchar(20)\nlike_content_id bigint(32) NOT NULL", 9)
	l.add(1, "2024-06-01 02:00:00", "2024-06-01 00:00:00", 1, "image", 1)
	l.add(2, "2024-06-01 02:00:00", "2024-06-01 00:00:00", 3, "image", 1)
	l.add(3, "2024-06-01 02:00:00", "2024-06-01 00:00:00", 3, "album", 1)
	l.add(4, "2024-06-01 02:00:00", "2024-06-01 00:00:00", 88, "image", 999)
	f := b.table("follows", "follow_id bigint(32) NOT NULL\nfollow_date varchar(20) NOT NULL\nfollow_date_gmt varchar(20) NOT NULL\nfollow_user_id bigint(32) NOT NULL\nfollow_followed_user_id bigint(32) NOT NULL", 4)
	f.add(1, "2024-06-01 02:00:00", "2024-06-01 00:00:00", 1, 2)
	f.add(2, "2024-06-01 02:00:00", "2024-06-01 00:00:00", 2, 2)
	d := b.table("deletions", "deleted_id bigint(32) NOT NULL\ndeleted_content_id bigint(32) NOT NULL\ndeleted_content_md5 varchar(32) DEFAULT NULL", 2)
	d.add(1, 23, strings.Repeat("cd", 16))
	i := b.table("ip_bans", "ip_ban_id bigint(20) NOT NULL\nip_ban_expires_gmt varchar(20) DEFAULT NULL\nip_ban_ip varchar(255) NOT NULL\nip_ban_message text DEFAULT NULL", 2)
	i.add(1, nil, "203.0.113.66", "Spam")
	s := b.table("storages", "storage_id bigint(32) NOT NULL\nstorage_api_id bigint(32) NOT NULL\nstorage_name varchar(255) NOT NULL\nstorage_url varchar(255) NOT NULL", 2)
	s.add(1, 8, "CDN", "https://cdn.example.org/")
	if !b.four || b.version == "upgraded" {
		r := b.table("redirects", "redirect_id bigint(32) NOT NULL\nredirect_from varchar(255) NOT NULL\nredirect_content_id bigint(32) NOT NULL\nredirect_content_type varchar(20) NOT NULL", 3)
		r.add(1, "/alt/foto-eins", 1, "image")
		r.add(2, "/?alt", 1, "album")
	}
	if !b.four {
		return
	}
	h := b.table("images_hash", "image_hash_image_id bigint(32) NOT NULL\nimage_hash_hash text NOT NULL", 0)
	hash := bcrypt2y(DeleteWord)
	for _, row := range b.site.Table("images").Rows {
		if n := row[0].(int); b.version != "upgraded" || n > 5 {
			h.add(n, hash)
		}
	}
	a := b.table("assets", "asset_id bigint(32) NOT NULL\nasset_key varchar(255) NOT NULL\nasset_blob mediumblob", 2)
	a.add(1, "logo", []byte("\x89PNG\r\n\x1a\n\x00'\"\\;),("))
	if b.version == "4.0" {
		return
	}
	t := b.table("tags", "tag_id bigint(32) NOT NULL\ntag_name varchar(32) NOT NULL\ntag_description text DEFAULT NULL\ntag_user_id bigint(32) NOT NULL", 9)
	t.add(1, "Ostsee", nil, 2)
	t.add(2, "ostsee", nil, 2)
	t.add(3, "Pläne 2024", "was war", 2)
	t.add(4, "🌊", nil, 2)
	g := b.table("tags_files", "tag_file_tag_id bigint(32) NOT NULL\ntag_file_file_id bigint(32) NOT NULL", 0)
	for _, pair := range [][2]int{{1, 1}, {1, 999}, {2, 2}, {3, 1}, {4, 1}, {9, 1}} {
		g.add(pair[0], pair[1])
	}
}
