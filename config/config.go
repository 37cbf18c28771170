// Package config has the settings of the server: their names, defaults and units, where
// they are read from, and which of them may change while it runs.
package config

import (
	"bytes"
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"postern/media"
	"postern/storage"
	"postern/storage/s3"
)

// Config holds every setting; config.example.toml documents them. Names in the
// file, in the environment and of the flags all come from the toml tags.
type Config struct {
	Listen         string   `toml:"listen"`
	SocketMode     string   `toml:"socket_mode"`
	FirstKeyFile   string   `toml:"first_key_file"`
	BaseURL        string   `toml:"base_url"`
	TrustedProxies []string `toml:"trusted_proxies"`
	DataDir        string   `toml:"data_dir"`
	Timezone       string   `toml:"timezone"`
	SiteName       string   `toml:"site_name"`
	Notice         string   `toml:"notice"`
	CORSOrigin     string   `toml:"cors_origin"`
	Robots         string   `toml:"robots"`
	LogFormat      string   `toml:"log_format"`
	LogLevel       string   `toml:"log_level"`
	Naming         string   `toml:"naming"`
	StorageMode    string   `toml:"storage_mode"`
	Duplicates     string   `toml:"duplicates"`
	Visibility     string   `toml:"visibility"`
	Metadata       string   `toml:"metadata"`
	Formats        []string `toml:"formats"`

	Limits struct {
		MaxFile       ByteSize `toml:"max_file"`
		MaxBody       ByteSize `toml:"max_body"`
		MaxField      ByteSize `toml:"max_field"`
		MaxFields     int      `toml:"max_fields"`
		MaxPixels     int64    `toml:"max_pixels"`
		DecodeMemory  ByteSize `toml:"decode_memory"`
		Workers       int      `toml:"workers"`
		Queue         int      `toml:"queue"`
		MaxHeader     ByteSize `toml:"max_header"`
		HeaderTimeout Period   `toml:"header_timeout"`
		BodyIdle      Period   `toml:"body_idle"`
		BodyRate      ByteSize `toml:"body_rate"`
		MaxDrain      ByteSize `toml:"max_drain"`
		AnswerIdle    Period   `toml:"answer_idle"`
		AnswerRate    ByteSize `toml:"answer_rate"`
		Uploads       int      `toml:"uploads"`
		Connections   int      `toml:"connections"`
		AddressShare  int      `toml:"address_share"`
		StrangerShare int      `toml:"stranger_share"`
		Shutdown      Period   `toml:"shutdown"`
		DiskFloor     MinFree  `toml:"disk_floor"`
		Ballast       ByteSize `toml:"ballast"`
	} `toml:"limits"`

	Store struct {
		Kind string `toml:"kind"`
	} `toml:"store"`

	S3 struct {
		Endpoint      string `toml:"endpoint"`
		Region        string `toml:"region"`
		Bucket        string `toml:"bucket"`
		Prefix        string `toml:"prefix"`
		PathStyle     bool   `toml:"path_style"`
		TLS           bool   `toml:"tls"`
		CAFile        string `toml:"ca_file"`
		AccessKey     string `toml:"access_key"`
		SecretKey     string `toml:"secret_key"`
		SecretKeyFile string `toml:"secret_key_file"`
		Serve         string `toml:"serve"`
		PublicURL     string `toml:"public_url"`
		SSE           string `toml:"sse"`
		StorageClass  string `toml:"storage_class"`
		ACL           string `toml:"acl"`
		Scratch       string `toml:"scratch"`
	} `toml:"s3"`

	Image struct {
		ThumbSize   int `toml:"thumb_size"`
		MediumWidth int `toml:"medium_width"`
		Quality     int `toml:"quality"`
	} `toml:"image"`

	Video struct {
		MaxFile     ByteSize `toml:"max_file"`
		MaxPixels   int64    `toml:"max_pixels"`
		MaxDuration Period   `toml:"max_duration"`
		Probes      bool     `toml:"probes"`
		Command     []string `toml:"command"`
		ProbeTime   Period   `toml:"probe_time"`
	} `toml:"video"`

	Expiration struct {
		Min     Period `toml:"min"`
		Max     Period `toml:"max"`
		Default Period `toml:"default"`

		Remember Period `toml:"remember"`
	} `toml:"expiration"`

	Resumable struct {
		Enabled bool   `toml:"enabled"`
		Keep    Period `toml:"keep"`
		Open    int    `toml:"open"`
	} `toml:"resumable"`

	URLSource struct {
		Enabled      bool     `toml:"enabled"`
		Allow        []string `toml:"allow"`
		Ports        []string `toml:"ports"`
		MaxRedirects int      `toml:"max_redirects"`
		Timeout      Period   `toml:"timeout"`
	} `toml:"url_source"`

	Rate struct {
		User     int `toml:"user"`
		Guest    int `toml:"guest"`
		Address  int `toml:"address"`
		SignIn   int `toml:"sign_in"`
		Account  int `toml:"account"`
		Search   int `toml:"search"`
		Report   int `toml:"report"`
		Register int `toml:"register"`
		WrongKey int `toml:"wrong_key"`
	} `toml:"rate"`

	Quota struct {
		MaxBytes ByteSize `toml:"max_bytes"`
		MaxItems int64    `toml:"max_items"`
		MaxDaily int64    `toml:"max_daily"`
	} `toml:"quota"`

	Database struct {
		URL            string `toml:"url"`
		URLFile        string `toml:"url_file"`
		MaxConnections int    `toml:"max_connections"`
	} `toml:"database"`

	Guest struct {
		Uploads    bool     `toml:"uploads"`
		Key        string   `toml:"key"`
		KeyFile    string   `toml:"key_file"`
		MaxFile    ByteSize `toml:"max_file"`
		MaxDaily   int64    `toml:"max_daily"`
		Expiration Period   `toml:"expiration"`

		KeepAddress Period `toml:"keep_address"`
	} `toml:"guest"`

	Account struct {
		Session Period `toml:"session"`
		Undo    Period `toml:"undo"`
		Hashes  int    `toml:"hashes"`

		Registration bool `toml:"registration"`
	} `toml:"account"`

	OIDC struct {
		Issuer           string `toml:"issuer"`
		ClientID         string `toml:"client_id"`
		ClientSecret     string `toml:"client_secret"`
		ClientSecretFile string `toml:"client_secret_file"`
		Label            string `toml:"label"`
		NameClaim        string `toml:"name_claim"`
		AdminClaim       string `toml:"admin_claim"`
		AdminValue       string `toml:"admin_value"`
		Create           bool   `toml:"create"`
	} `toml:"oidc"`

	Imgpile struct {
		Enabled    bool     `toml:"enabled"`
		CDNURL     string   `toml:"cdn_url"`
		MaxFile    ByteSize `toml:"max_file"`
		MaxDaily   int64    `toml:"max_daily"`
		PublicRate int      `toml:"public_rate"`
		UserRate   int      `toml:"user_rate"`
	} `toml:"imgpile"`

	Moderation struct {
		Mode    string   `toml:"mode"`
		Command []string `toml:"command"`
		Timeout Period   `toml:"timeout"`
		Reports bool     `toml:"reports"`
	} `toml:"moderation"`

	Webhook struct {
		URL            string   `toml:"url"`
		Secret         string   `toml:"secret"`
		SecretFile     string   `toml:"secret_file"`
		DiscordURL     string   `toml:"discord_url"`
		DiscordURLFile string   `toml:"discord_url_file"`
		Events         []string `toml:"events"`
		Allow          []string `toml:"allow"`
	} `toml:"webhook"`

	Routes struct {
		Image string `toml:"image"`
		Video string `toml:"video"`
	} `toml:"routes"`

	Metrics struct {
		Listen string `toml:"listen"`
	} `toml:"metrics"`

	Compat struct {
		DeleteOnGet bool     `toml:"delete_on_get"`
		OldURLs     []string `toml:"old_urls"`
	} `toml:"compat"`
}

// Defaults returns the settings of a server that was told nothing.
func Defaults() Config {
	var c Config
	c.Listen, c.DataDir, c.Timezone, c.SiteName = ":8080", "data", "UTC", "Postern"
	c.SocketMode = "0660"
	c.Database.MaxConnections = 16
	c.TrustedProxies, c.CORSOrigin, c.Robots = []string{}, "*", "index"
	c.LogFormat, c.LogLevel = "text", "info"
	c.Naming, c.StorageMode, c.Duplicates, c.Metadata = "original", "datefolder", "reuse", "private"
	c.Formats = []string{"jpg", "png", "gif", "webp", "bmp", "avif", "heic", "jxl", "mp4", "mov", "webm"}
	c.Limits.MaxFile, c.Limits.MaxBody = 400*megabyte, 1200*megabyte
	c.Limits.MaxField, c.Limits.MaxFields = 64*kilobyte, 64
	c.Limits.MaxPixels, c.Limits.DecodeMemory = 100_000_000, 1000*megabyte
	c.Limits.Workers, c.Limits.Queue = 0, 64
	c.Limits.MaxHeader = 64 * kilobyte
	c.Limits.HeaderTimeout, c.Limits.BodyIdle, c.Limits.Shutdown = seconds(10), seconds(30), seconds(30)
	c.Limits.AddressShare, c.Limits.StrangerShare = 50, 10
	c.Limits.MaxDrain, c.Limits.AnswerIdle, c.Limits.AnswerRate = 2000*megabyte, seconds(60), 4*kilobyte
	c.Limits.BodyRate, c.Limits.Uploads, c.Limits.Connections = kilobyte, 2000, 8000
	c.Rate.User, c.Rate.Guest, c.Rate.Address, c.Rate.SignIn, c.Rate.Account, c.Rate.Search, c.Rate.Report, c.Rate.Register, c.Rate.WrongKey = 600, 30, 1200, 10, 10, 30, 5, 3, 60
	c.Limits.DiskFloor, c.Limits.Ballast = MinFree{Bytes: 256 << 20, Percent: 2}, 32<<20
	c.Store.Kind, c.S3.Region, c.S3.TLS, c.S3.Serve = "disk", "us-east-1", true, "proxy"
	c.Image.ThumbSize, c.Image.MediumWidth, c.Image.Quality = 320, 500, 90
	c.Video.MaxPixels = 8192 * 4320
	c.Video.Probes, c.Video.Command, c.Video.ProbeTime = true, []string{}, seconds(20)
	c.Expiration.Min = Period{media.Period{Time: 5 * time.Minute}, "PT5M"}
	c.Expiration.Remember = Period{media.Period{Years: 1}, "P1Y"}
	c.Resumable.Enabled, c.Resumable.Keep, c.Resumable.Open = true, Period{media.Period{Days: 1}, "P1D"}, 100
	c.URLSource.Enabled, c.URLSource.Allow = true, []string{}
	c.URLSource.Ports, c.URLSource.MaxRedirects, c.URLSource.Timeout = []string{"80", "443"}, 5, seconds(60)
	c.Guest.MaxFile, c.Guest.MaxDaily, c.Guest.Expiration = 10*megabyte, 200, Period{media.Period{Days: 30}, "P30D"}
	c.Account.Session, c.Account.Undo = Period{media.Period{Days: 30}, "P30D"}, Period{media.Period{Days: 7}, "P7D"}
	c.Account.Hashes = 2
	c.OIDC.NameClaim, c.OIDC.AdminValue, c.OIDC.Create = "preferred_username", "true", true
	c.Imgpile.MaxFile, c.Imgpile.MaxDaily = 100*megabyte, 1000
	c.Imgpile.PublicRate, c.Imgpile.UserRate = 30, 120
	c.Moderation.Mode, c.Moderation.Command, c.Moderation.Timeout = "off", []string{}, seconds(60)
	c.Webhook.Events, c.Webhook.Allow = slices.Clone(media.WebhookEvents), []string{}
	c.Routes.Image, c.Routes.Video = "image", "clip"
	c.Compat.OldURLs = []string{}
	return c
}

// defaultConfigFile is read when it exists and no other file is named.
const defaultConfigFile = "config.toml"

// readFile takes in a file, and returns its name, "" if there is none, and the keys that it has.
func (c *Config) readFile(path string) (name string, keys []string, err error) {
	name = cmp.Or(path, defaultConfigFile)
	text, err := os.ReadFile(name)
	if path == "" && errors.Is(err, fs.ErrNotExist) {
		return "", nil, nil
	}
	if err != nil {
		return name, nil, fmt.Errorf("read config: %w", err)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // editors of Windows begin files with it
	if err := c.decode(name, text); err != nil {
		return name, nil, err
	}
	keys, err = keysOf(text)
	return name, keys, err
}

func (c *Config) decode(name string, text []byte) error {
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(c)
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) {
		var errs []error
		for _, e := range unknown.Errors {
			row, _ := e.Position()
			errs = append(errs, unknownKey(fmt.Sprintf("%s:%d", name, row), strings.Join(e.Key(), ".")))
		}
		return errors.Join(errs...)
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		return wrongValue(name, text, wrong)
	}
	if err != nil {
		return cmp.Or(checkTexts(name, text), err) // which has neither line nor key
	}
	return checkUnits(name, text)
}

// unknownKey tells of a key that is no setting, and of the one that may be meant.
func unknownKey(place, key string) error {
	var known []string
	var c Config
	_ = EachKey(&c, func(name string, _ reflect.Value) error {
		known = append(known, name)
		return nil
	})
	near := likeliest(key, known, ".")
	if section := nearest(key, sectionsOf(known)); near == "" && section != "" {
		near = "[" + section + "]"
	}
	if near != "" {
		return fmt.Errorf("%s: unknown key %s: did you mean %s?", place, key, near)
	}
	return fmt.Errorf("%s: unknown key %s", place, key)
}

func sectionsOf(keys []string) (sections []string) {
	for _, key := range keys {
		if section, _, found := strings.Cut(key, "."); found && !slices.Contains(sections, section) {
			sections = append(sections, section)
		}
	}
	return sections
}

// wrongValue tells of a value that is not what its setting takes.
func wrongValue(name string, text []byte, wrong *toml.DecodeError) error {
	row, _ := wrong.Position()
	message := strings.TrimPrefix(wrong.Error(), "toml: ")
	key, takes := settingAt(text, row)
	if key == "" {
		return fmt.Errorf("%s:%d: %s", name, row, message)
	}
	if strings.HasPrefix(message, "cannot decode TOML") { // what follows are types of Go
		message = "must be " + takes
	}
	return fmt.Errorf("%s:%d: %s: %s", name, row, key, message)
}

var (
	sectionLine = regexp.MustCompile(`^\s*\[([a-z0-9_]+)\]`)
	valueLine   = regexp.MustCompile(`^\s*([a-z0-9_.]+)\s*=`)
)

// settingAt returns the setting that a line of a file sets, and what it takes; "" if there
// is no such setting.
func settingAt(text []byte, row int) (key, takes string) {
	section := ""
	for line := range strings.Lines(string(text)) {
		if m := sectionLine.FindStringSubmatch(line); m != nil {
			section = m[1] + "."
		}
		if row--; row > 0 {
			continue
		}
		if m := valueLine.FindStringSubmatch(line); m != nil {
			key = section + m[1]
		}
		break
	}
	var c Config
	_ = EachKey(&c, func(name string, field reflect.Value) error {
		if name == key {
			takes = takenBy(field)
		}
		return nil
	})
	if takes == "" {
		key = ""
	}
	return key, takes
}

// takenBy says what a setting takes in a file.
func takenBy(field reflect.Value) string {
	switch field.Addr().Interface().(type) {
	case *ByteSize, *MinFree:
		return `a size such as "400 MB"`
	case *Period:
		return `a duration such as "PT10S" or "P1D"`
	}
	switch field.Kind() {
	case reflect.Bool:
		return "true or false, without quotes"
	case reflect.Slice:
		return `a list such as ["a", "b"]`
	case reflect.String:
		return "a text in quotes"
	}
	return "a whole number, without quotes"
}

// checkUnits refuses sizes that are bare numbers, which TOML lets through as
// bytes.
func checkUnits(name string, text []byte) error {
	return eachValue(text, func(key string, field reflect.Value, value any) error {
		_, isSize := field.Addr().Interface().(*ByteSize)
		if n, ok := value.(int64); isSize && ok && n != 0 {
			return fmt.Errorf("%s: %s: %w", name, key, noUnit(strconv.FormatInt(n, 10)))
		}
		return nil
	})
}

// checkTexts refuses values without quotes of settings that are texts of a form.
func checkTexts(name string, text []byte) error {
	return eachValue(text, func(key string, field reflect.Value, value any) error {
		_, isForm := field.Addr().Interface().(encoding.TextUnmarshaler)
		if _, isText := value.(string); isForm && !isText && value != nil {
			return fmt.Errorf("%s: %s: must be %s", name, key, takenBy(field))
		}
		return nil
	})
}

// eachValue visits the settings with their values in a file, nil for none.
func eachValue(text []byte, visit func(key string, field reflect.Value, value any) error) error {
	var raw map[string]any
	if err := toml.Unmarshal(text, &raw); err != nil {
		return err
	}
	var c Config
	return EachKey(&c, func(key string, field reflect.Value) error {
		section, leaf, found := strings.Cut(key, ".")
		value := raw[section]
		if table, ok := value.(map[string]any); found && ok {
			value = table[leaf]
		}
		return visit(key, field, value)
	})
}

// Check refuses settings that make no sense, before anything is started.
func (c *Config) Check() error {
	var errs []error
	oneOf := func(key, got string, allowed ...string) {
		for _, a := range allowed {
			if got == a {
				return
			}
		}
		errs = append(errs, fmt.Errorf("%s = %q: must be one of %s", key, got, strings.Join(allowed, ", ")))
	}
	oneOf("naming", c.Naming, "original", "mixed", "random", "id")
	oneOf("storage_mode", c.StorageMode, "datefolder", "direct")
	oneOf("duplicates", c.Duplicates, "reuse", "allow", "reject")
	oneOf("visibility", c.Visibility, "", "public", "unlisted", "private")
	oneOf("metadata", c.Metadata, "private", "keep", "none")
	oneOf("robots", c.Robots, "index", "noindex", "disallow")
	oneOf("log_format", c.LogFormat, "text", "json")
	oneOf("log_level", c.LogLevel, "debug", "info", "warn", "error")
	oneOf("moderation.mode", c.Moderation.Mode, "off", "manual", "command")
	if c.Moderation.Mode == "command" && len(c.Moderation.Command) == 0 {
		errs = append(errs, errors.New("moderation.command: must name a program"))
	}
	for _, e := range c.Webhook.Events {
		oneOf("webhook.events", e, media.WebhookEvents...)
	}
	if c.Webhook.URL != "" && c.Webhook.Secret == "" {
		errs = append(errs, errors.New("webhook.secret: must be set, since it signs what webhook.url gets"))
	}
	oneOf("store.kind", c.Store.Kind, "disk", "s3")
	errs = append(errs, c.CheckBucket())
	for _, f := range c.Formats {
		oneOf("formats", f, "jpg", "png", "gif", "webp", "bmp", "avif", "heic", "jxl", "mp4", "mov", "webm")
	}
	if (c.OIDC.Issuer == "") != (c.OIDC.ClientID == "") {
		errs = append(errs, errors.New("oidc.issuer and oidc.client_id: set both, or none"))
	}
	errs = append(errs, checkAddress("oidc.issuer", c.OIDC.Issuer))
	for _, text := range c.Compat.OldURLs {
		errs = append(errs, checkAddress("compat.old_urls", text))
	}
	errs = append(errs, checkRoute("routes.image", c.Routes.Image), checkRoute("routes.video", c.Routes.Video))
	errs = append(errs, checkAddress("base_url", c.BaseURL), checkAddress("imgpile.cdn_url", c.Imgpile.CDNURL))
	_, err := AddressesOf(c.Listen)
	_, modeErr := FileMode(c.SocketMode)
	_, _, proxiesErr := c.Proxies()
	_, _, fetcherErr := c.URLSources()
	_, _, webhookErr := c.WebhookSources()
	errs = append(errs, err, modeErr, proxiesErr, fetcherErr, webhookErr, c.checkDatabase())
	if _, err := time.LoadLocation(c.Timezone); err != nil {
		errs = append(errs, fmt.Errorf("timezone: %w", err))
	}
	if len(c.Notice) > maxNotice || strings.ContainsAny(c.Notice, "\r\n") {
		errs = append(errs, fmt.Errorf("notice: more than a line of %d bytes", maxNotice))
	}
	positive := map[string]int64{
		"limits.max_file": int64(c.Limits.MaxFile), "limits.max_body": int64(c.Limits.MaxBody),
		"limits.max_field": int64(c.Limits.MaxField), "limits.max_fields": int64(c.Limits.MaxFields),
		"limits.max_pixels": c.Limits.MaxPixels, "video.max_pixels": c.Video.MaxPixels, "limits.decode_memory": int64(c.Limits.DecodeMemory),
		"limits.max_header": int64(c.Limits.MaxHeader), "limits.queue": int64(c.Limits.Queue),
		"image.thumb_size": int64(c.Image.ThumbSize), "image.medium_width": int64(c.Image.MediumWidth),
		"image.quality": int64(c.Image.Quality), "imgpile.max_file": int64(c.Imgpile.MaxFile),
		"limits.header_timeout": int64(c.Limits.HeaderTimeout.Duration()), "limits.body_idle": int64(c.Limits.BodyIdle.Duration()),
		"limits.answer_idle": int64(c.Limits.AnswerIdle.Duration()),
		"moderation.timeout": int64(c.Moderation.Timeout.Duration()), "account.hashes": int64(c.Account.Hashes),
		"database.max_connections": int64(c.Database.MaxConnections),
	}
	for key, value := range positive {
		if value <= 0 {
			errs = append(errs, fmt.Errorf("%s: must be more than 0", key))
		}
	}
	for key, value := range map[string]int64{
		"quota.max_items": c.Quota.MaxItems, "quota.max_daily": c.Quota.MaxDaily, "guest.max_daily": c.Guest.MaxDaily,
		"limits.uploads": int64(c.Limits.Uploads), "limits.connections": int64(c.Limits.Connections),
		"resumable.open": int64(c.Resumable.Open),
		"rate.user":      int64(c.Rate.User), "rate.guest": int64(c.Rate.Guest), "rate.address": int64(c.Rate.Address),
		"imgpile.max_daily": c.Imgpile.MaxDaily, "imgpile.public_rate": int64(c.Imgpile.PublicRate), "imgpile.user_rate": int64(c.Imgpile.UserRate),
		"rate.sign_in": int64(c.Rate.SignIn), "rate.account": int64(c.Rate.Account), "rate.search": int64(c.Rate.Search), "rate.report": int64(c.Rate.Report), "rate.wrong_key": int64(c.Rate.WrongKey),
	} {
		if value < 0 {
			errs = append(errs, fmt.Errorf("%s: must not be less than 0", key))
		}
	}
	if c.Resumable.Keep.Duration() < time.Minute {
		errs = append(errs, errors.New("resumable.keep: must be at least PT1M"))
	}
	if c.Account.Session.IsZero() {
		errs = append(errs, errors.New("account.session: must be more than 0"))
	}
	for key, percent := range map[string]int{
		"limits.address_share": c.Limits.AddressShare, "limits.stranger_share": c.Limits.StrangerShare,
	} {
		if percent < 1 || percent > 100 {
			errs = append(errs, fmt.Errorf("%s: must be from 1 to 100", key))
		}
	}
	if c.Image.Quality > 100 {
		errs = append(errs, errors.New("image.quality: must be at most 100"))
	}
	return errors.Join(errs...)
}

// OldURLs are the further URLs that old sites had.
func (c *Config) OldURLs() []string {
	var urls []string
	for _, text := range c.Compat.OldURLs {
		urls = append(urls, Address(text))
	}
	return urls
}

// EachKey visits the leaves of the settings under their dotted names.
func EachKey(c *Config, visit func(name string, field reflect.Value) error) error {
	return walk(reflect.ValueOf(c).Elem(), "", visit)
}

func walk(v reflect.Value, prefix string, visit func(string, reflect.Value) error) error {
	for i := range v.NumField() {
		name := prefix + v.Type().Field(i).Tag.Get("toml")
		field := v.Field(i)
		_, isText := field.Addr().Interface().(encoding.TextUnmarshaler)
		var err error
		if field.Kind() == reflect.Struct && !isText {
			err = walk(field, name+".", visit)
		} else {
			err = visit(name, field)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// envPrefix begins the names of all variables.
const envPrefix = "POSTERN_"

func envName(key string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

func flagName(key string) string {
	return strings.NewReplacer(".", "-", "_", "-").Replace(key)
}

// setField sets a leaf from text, as the environment and flags have it; lists
// are separated by commas.
func setField(field reflect.Value, text string) error {
	if u, ok := field.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch field.Kind() {
	case reflect.String:
		field.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		field.SetBool(b)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		field.SetInt(n)
	case reflect.Slice:
		list := []string{}
		for _, s := range strings.Split(text, ",") {
			if s = strings.TrimSpace(s); s != "" {
				list = append(list, s)
			}
		}
		field.Set(reflect.ValueOf(list))
	default:
		return fmt.Errorf("no text form for %s", field.Type())
	}
	return nil
}

// CheckBucket checks the settings of a bucket, where one is used.
func (c *Config) CheckBucket() error {
	if c.Store.Kind != "s3" {
		return nil
	}
	var errs []error
	if c.S3.Bucket == "" {
		errs = append(errs, errors.New("s3.bucket: must name a bucket that is there"))
	}
	if p := c.S3.Prefix; p != "" && (!strings.HasSuffix(p, "/") || storage.CheckKey(strings.TrimSuffix(p, "/")) != nil) {
		errs = append(errs, fmt.Errorf("s3.prefix = %q: must be a path that ends in a slash and does not begin with one", p))
	}
	if (c.S3.AccessKey == "") != (c.S3.SecretKey == "") {
		errs = append(errs, errors.New("s3.access_key and s3.secret_key: set both or neither"))
	}
	if c.S3.Serve != "proxy" && c.S3.Serve != "redirect" {
		errs = append(errs, fmt.Errorf("s3.serve = %q: must be proxy or redirect", c.S3.Serve))
	}
	if c.S3.PublicURL != "" && c.S3.Serve != "redirect" {
		errs = append(errs, errors.New("s3.public_url: goes with s3.serve = \"redirect\""))
	}
	errs = append(errs, checkAddress("s3.public_url", c.S3.PublicURL))
	if c.Limits.MaxFile > s3.MaxFile {
		errs = append(errs, errors.New("limits.max_file: a bucket takes 5 GiB at most"))
	}
	return errors.Join(errs...)
}

// checkDatabase refuses records that several gateways share beside files that they
// do not.
func (c *Config) checkDatabase() error {
	if c.Database.URL != "" && c.Store.Kind == "disk" {
		return errors.New("database.url: records in PostgreSQL need files in a bucket (store.kind = \"s3\"), since a local folder cannot be shared: leave it empty to keep records in data_dir")
	}
	return nil
}

// maxNotice bounds the line of text of the upload page, in bytes.
const maxNotice = 1000
