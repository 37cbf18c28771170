package chevereto

import (
	"net/http"
	"strings"
	"time"

	"postern/handlers/present"
	"postern/handlers/site"
	"postern/media"
)

// itemView writes an item as the surface shows it.
type itemView struct{ present.Item }

// answer is the whole answer to an upload, in the order of
// docs/chevereto-api.md#the-answer. On the imgBB surface it has the keys of
// docs/chevereto-api.md#imgbb-form too.
func (v itemView) answer(imgbb bool) site.Object {
	if !imgbb {
		return site.Object{
			{"status_code", http.StatusOK},
			{"success", site.Object{{"message", "file uploaded"}, {"code", http.StatusOK}}},
			{"image", v.payload()},
			{"status_txt", "OK"},
		}
	}
	expiration := int64(0)
	if !v.ExpiresAt.IsZero() {
		expiration = max(int64(v.ExpiresAt.Sub(v.CreatedAt)/time.Second), 0)
	}
	data := append(v.payload(), site.Object{
		{"id", v.ID}, {"time", v.CreatedAt.Unix()}, {"expiration", expiration},
	}...)
	return site.Object{
		{"status_code", http.StatusOK},
		{"status", http.StatusOK},
		{"success", true},
		{"data", data},
		{"image", v.payload()},
		{"status_txt", "OK"},
	}
}

const stamp = "2006-01-02 15:04:05"

func (v itemView) payload() site.Object {
	display, displayWidth, displayHeight := v.Display()
	o := site.Object{
		{"name", v.Original.Name()},
		{"extension", v.Original.Extension()},
		{"size", v.Original.Size},
		{"width", v.Width},
		{"height", v.Height},
		{"date", v.CreatedAt.In(v.Location).Format(stamp)},
		{"date_gmt", v.CreatedAt.UTC().Format(stamp)},
		{"title", site.OrNull(v.Title)},
		{"tags", v.tags()},
		{"description", site.OrNull(v.Description)},
		{"nsfw", site.Bit(v.Adult())},
		{"storage_mode", v.storageMode()},
		{"md5", v.MD5},
		{"source_md5", v.sourceMD5()},
		{"original_filename", v.OriginalName},
		{"original_exifdata", site.OrNull(v.EXIF)},
		{"views", v.Views},
		{"category_id", v.categoryID()},
		{"chain", v.chain()},
		{"thumb_size", v.Thumb.Size},
		{"medium_size", v.Medium.Size},
		{"frame_size", v.Frame.Size},
		{"expiration_date_gmt", v.expirationDate()},
		{"likes", 0},
		{"is_animated", site.Bit(v.Animated)},
		{"is_approved", site.Bit(v.Approved())},
		{"is_360", site.Bit(v.Is360)},
		{"duration", present.WholeSeconds(v.Duration)},
		{"type", string(v.Kind)},
		{"tags_string", strings.Join(v.Tags, ", ")},
		{"file", site.Object{{"resource", site.Object{{"type", "path"}}}}},
		{"id_encoded", v.ID},
		{"filename", v.Original.Filename()},
		{"mime", v.Original.MIME},
		{"url", v.URL(v.Original)},
		{"ratio", v.ratio()},
		{"size_formatted", present.FormatBytes(v.Original.Size)},
	}
	if v.Frame.Exists() {
		o = append(o, site.Member{"frame", v.file(v.Frame)})
	}
	o = append(o, site.Member{"image", v.file(v.Original)})
	if v.Medium.Exists() {
		o = append(o, site.Member{"medium", v.file(v.Medium)})
	}
	o = append(o, site.Member{"thumb", v.file(v.Thumb)}, site.Member{"url_frame", v.URL(v.Frame)})
	if !v.Medium.Exists() {
		o = append(o, site.Member{"medium", noFile})
	}
	return append(o, site.Object{
		{"duration_time", v.durationTime()},
		{"url_viewer", v.Base + v.PathViewer()},
		{"path_viewer", v.Root + v.PathViewer()},
		{"url_short", v.Base + v.PathShort()},
		{"display_url", v.URL(display)},
		{"display_width", displayWidth},
		{"display_height", displayHeight},
		{"views_label", "views"},
		{"likes_label", "likes"},
		{"how_long_ago", howLongAgo(v.Now.Sub(v.CreatedAt))},
		{"date_fixed_peer", v.CreatedAt.UTC().Format(stamp)},
		{"title_truncated", truncatedTitle(v.Title)},
		{"title_truncated_html", safeHTML(truncatedTitle(v.Title))},
		{"is_use_loader", v.Original.Size > loaderSize},
		{"display_title", v.DisplayTitle()},
		{"delete_url", v.DeleteURL()},
	}...)
}

// loaderSize is Chevereto's image_load_max_filesize_mb.
const loaderSize = 5_000_000

// noFile stands for a medium that was not made.
var noFile = site.Object{{"filename", nil}, {"name", nil}, {"mime", nil}, {"extension", nil}, {"url", nil}}

func (v itemView) file(f media.File) site.Object {
	return site.Object{
		{"filename", f.Filename()},
		{"name", f.Name()},
		{"mime", f.MIME},
		{"extension", f.Extension()},
		{"url", v.URL(f)},
		{"size", f.Size},
	}
}

// chain has a bit for each file: frame 16, image 4, medium 2, thumb 1.
func (v itemView) chain() int {
	return 16*site.Bit(v.Frame.Exists()) + 4 + 2*site.Bit(v.Medium.Exists()) + site.Bit(v.Thumb.Exists())
}

func (v itemView) ratio() float64 { return float64(v.Width) / float64(v.Height) }

func (v itemView) storageMode() string {
	if v.Library.Policy().DateFolders {
		return "datefolder"
	}
	return "direct"
}

func (v itemView) sourceMD5() any {
	if v.SourceMD5 == v.MD5 {
		return nil
	}
	return v.SourceMD5
}

func (v itemView) categoryID() any {
	if v.CategoryID == 0 {
		return nil
	}
	return v.CategoryID
}

func (v itemView) expirationDate() any {
	if v.ExpiresAt.IsZero() {
		return nil
	}
	return v.ExpiresAt.UTC().Format(stamp)
}

func (v itemView) durationTime() string {
	if v.Kind != media.KindVideo {
		return ""
	}
	return present.Clock(v.Duration)
}

func (v itemView) tags() []site.Object {
	tags := []site.Object{}
	for _, name := range v.Tags {
		key := present.PercentEncode(name)
		tags = append(tags, site.Object{
			{"name", name}, {"name_safe_html", safeHTML(name)}, {"url_key", key}, {"url", v.Root + present.TagPath(name)},
		})
	}
	return tags
}
