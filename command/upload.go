package command

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"

	"postern/client"
	"postern/command/console"
	"postern/config"
)

// The exit statuses of upload, beside 0 for all and 1 for a command line or an
// account that is wrong.
const (
	exitRefused    = 2 // the server, or this system, has refused some of them
	exitKey        = 3 // the server has refused the key
	exitNotReached = 4 // the server was not reached or stayed busy: later may help
)

// upload is what "upload" was asked for.
type upload struct {
	*app
	server, key, keyFile, account string
	title, description, tags      string
	album, category, expiration   string
	width                         int
	nsfw                          bool
	name                          string
	parallel, retries             int
	output, template              string
	part                          config.ByteSize
	clipboard, quiet              bool
	remove                        []string // delete URLs
}

const uploadHelp = `Uploads files, folders with all images and videos below them, patterns and URLs, to
a Postern server or any other with the API of Chevereto. "-" reads one file, or
URLs one a line, from the standard input.

Server and key come from --server and --key (or --key-file), else from POSTERN_SERVER
and POSTERN_KEY, else from "server" and "key" in a TOML file: --account, or
postern/client.toml in your folder of settings.

Each upload prints a line on the standard output, in the order of the arguments. A
template has .URL, .Viewer, .Thumb.URL, .Medium.URL, .DeleteURL, .Title, .Name,
.Width, .Height, .Size, .MIME, .MD5, .ID, .Source, and in .All the whole answer.

Exit status: 0 all uploaded; 1 nothing was tried; 2 some were refused; 3 the key was
refused; 4 the server was not reached or stayed busy.`

func (a *app) uploadCommand() *cobra.Command {
	u := &upload{app: a}
	cmd := &cobra.Command{
		Use: "upload FILE... | -", Short: "Upload to this or any other server with the API of Chevereto", Long: uploadHelp,
		RunE: func(cmd *cobra.Command, args []string) error { return u.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&u.server, "server", "", "URL of the server")
	f.StringVar(&u.key, "key", "", "API key; other users of this system may see it, so prefer --key-file")
	f.StringVar(&u.keyFile, "key-file", "", "file with the API key")
	f.StringVar(&u.account, "account", "", "TOML file with server and key")
	f.StringVar(&u.title, "title", "", "title of each file")
	f.StringVar(&u.description, "description", "", "description of each file")
	f.StringVar(&u.tags, "tags", "", "tags, separated by commas")
	f.StringVar(&u.album, "album", "", "ID of an album")
	f.StringVar(&u.category, "category", "", "ID of a category")
	f.StringVar(&u.expiration, "expiration", "", "how long the files stay, such as P3D")
	f.IntVar(&u.width, "width", 0, "resize to this width")
	f.BoolVar(&u.nsfw, "nsfw", false, "mark as sensitive")
	f.StringVar(&u.name, "name", "", "name of the file from the standard input")
	f.StringVarP(&u.output, "output", "o", "url", "what to print: "+strings.Join(client.Formats, ", "))
	f.StringVar(&u.template, "template", "", "Go template to print, such as '{{.Title}} {{.URL}}'")
	f.IntVar(&u.parallel, "parallel", 3, "uploads at once")
	f.IntVar(&u.retries, "retries", 5, "further tries if the server is busy or not reached")
	f.Var((*sizeFlag)(&u.part), "part", "size of the parts of a large file (default: found out)")
	f.BoolVar(&u.clipboard, "clipboard", false, "upload the URLs of the clipboard's text")
	f.BoolVarP(&u.quiet, "quiet", "q", false, "draw no progress bars")
	f.StringArrayVar(&u.remove, "delete", nil, "delete this upload in place of uploading, by its delete URL")
	return cmd
}

func (u *upload) run(ctx context.Context, args []string) error {
	c, err := u.client()
	if err != nil {
		return err
	}
	if len(u.remove) > 0 {
		if len(args) > 0 {
			return errors.New("--delete uploads nothing")
		}
		return u.deleteAll(ctx, c)
	}
	if c.Endpoint == "" {
		return errors.New("no server: name it with --server, POSTERN_SERVER or --account")
	}
	out, err := client.NewWriter(u.Stdout, u.output, u.template)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "postern-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	sources, err := u.sources(ctx, args, scratch)
	if err != nil {
		return err
	}
	return u.sendAll(ctx, c, sources, out)
}

// client knows server and key. Flags win over the environment, the environment over
// the file.
func (u *upload) client() (*client.Client, error) {
	var account struct {
		Server string `toml:"server"`
		Key    string `toml:"key"`
	}
	if err := u.readAccount(&account); err != nil {
		return nil, err
	}
	server := cmp.Or(u.server, u.Getenv(config.ServerVariable), account.Server)
	c := &client.Client{
		Key: cmp.Or(u.key, u.Getenv(config.KeyVariable), account.Key), Retries: u.retries,
		PartsAbove: partsAbove, PartSize: int64(u.part),
	}
	if dir, err := os.UserCacheDir(); err == nil {
		c.StateDir = filepath.Join(dir, "postern", "uploads")
	}
	if u.keyFile != "" {
		text, err := os.ReadFile(u.keyFile)
		if err != nil {
			return nil, fmt.Errorf("--key-file: %w", err)
		}
		c.Key = strings.TrimSpace(string(text))
	}
	if server == "" {
		return c, nil
	}
	var err error
	c.Endpoint, err = client.Endpoint(server)
	return c, err
}

// readAccount reads the file that was named, or the usual one if there is any.
func (u *upload) readAccount(account any) error {
	name := u.account
	if name == "" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return nil
		}
		name = filepath.Join(dir, "postern", "client.toml")
	}
	text, err := os.ReadFile(name)
	if u.account == "" && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the account: %w", err)
	}
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(account); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// sources are all that was asked for, or an error: half of a list is nothing that a
// script could rely on.
func (u *upload) sources(ctx context.Context, args []string, scratch string) (all []client.Source, err error) {
	for _, word := range args {
		var more []client.Source
		if word == "-" {
			more, err = client.FromReader(u.Stdin, scratch)
			if err == nil && u.name != "" {
				more[0].Name = u.name
			}
		} else {
			more, err = client.Expand(word)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	if u.clipboard {
		text, err := readClipboard(ctx)
		if err != nil {
			return nil, err
		}
		urls, ok := client.URLs(text)
		if !ok {
			return nil, errors.New("the clipboard holds no URLs")
		}
		all = append(all, urls...)
	}
	if len(all) == 0 {
		return nil, errors.New("no file: name files, folders or URLs, - for the standard input, or --clipboard")
	}
	return all, nil
}

// clipboardPrograms print the clipboard's text, on one system or another.
var clipboardPrograms = [][]string{
	{"wl-paste", "--no-newline"}, {"xclip", "-selection", "clipboard", "-o"}, {"xsel", "-b", "-o"}, {"pbpaste"},
	{"powershell.exe", "-NoProfile", "-Command", "Get-Clipboard"},
}

// readClipboard returns the text that the first of these programs prints.
func readClipboard(ctx context.Context) (string, error) {
	for _, words := range clipboardPrograms {
		if _, err := exec.LookPath(words[0]); err != nil {
			continue
		}
		if text, err := exec.CommandContext(ctx, words[0], words[1:]...).Output(); err == nil {
			return string(text), nil
		}
	}
	return "", errors.New("no program that prints the clipboard: install wl-clipboard, xclip or xsel")
}

// fields are the parameters of each upload.
func (u *upload) fields() (all []client.Field) {
	add := func(name, value string) {
		if value != "" {
			all = append(all, client.Field{Name: name, Value: value})
		}
	}
	add("title", u.title)
	add("description", u.description)
	add("tags", u.tags)
	add("album_id", u.album)
	add("category_id", u.category)
	add("expiration", u.expiration)
	if u.width > 0 {
		add("width", strconv.Itoa(u.width))
	}
	if u.nsfw {
		add("nsfw", "1")
	}
	return all
}

// partsAbove is the size above which a file goes up in parts, where the server takes
// them: a smaller one is as soon sent again.
const partsAbove = 4 << 20

// sizeFlag is a flag for a size with its unit. It implements pflag.Value.
type sizeFlag config.ByteSize

func (f *sizeFlag) String() string { return "" }

func (f *sizeFlag) Type() string { return "SIZE" }

func (f *sizeFlag) Set(s string) error { return (*config.ByteSize)(f).UnmarshalText([]byte(s)) }

// outcome is what one upload came to.
type outcome struct {
	answer client.Answer
	err    error
}

// sendAll uploads sources, several at once, and prints the answers in their order.
func (u *upload) sendAll(ctx context.Context, c *client.Client, sources []client.Source, out *client.Writer) error {
	parent := ctx
	ctx, stop := context.WithCancel(parent)
	defer stop()
	var bars *client.Bars
	if f, ok := u.Stderr.(*os.File); ok && !u.quiet && console.IsTerminal(f) {
		bars = client.NewBars(f, len(sources))
		defer bars.Close()
	}
	c.Retrying = func(src client.Source, err error, wait time.Duration) {
		bars.Above(func() { fmt.Fprintf(u.Stderr, "postern: %s: %v; again in %s\n", src, err, wait) })
	}
	outcomes := make([]chan outcome, len(sources))
	for i := range outcomes {
		outcomes[i] = make(chan outcome, 1)
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	next := make(chan int)
	for range min(max(u.parallel, 1), len(sources)) {
		wg.Go(func() {
			for i := range next {
				bar := bars.Start(sources[i].String())
				answer, err := c.Upload(ctx, sources[i], u.fields(), bar.Set)
				bar.Done()
				if refusal, ok := client.AsRefusal(err); ok && refusal.OfKey() {
					stop() // no other will do better
				}
				outcomes[i] <- outcome{answer, err}
			}
		})
	}
	wg.Go(func() {
		defer close(next)
		for i := range sources {
			next <- i
		}
	})
	status := 0
	for i, src := range sources {
		got := <-outcomes[i]
		err := error(nil)
		bars.Above(func() { err = u.print(out, src, got) })
		if err != nil {
			stop()
			return err
		}
		status = worse(status, exitOf(got.err))
	}
	if err := parent.Err(); err != nil {
		return err
	}
	if status > 0 {
		return &console.StatusError{Status: status}
	}
	return nil
}

func (u *upload) print(out *client.Writer, src client.Source, got outcome) error {
	if got.err == nil {
		return out.Write(got.answer)
	}
	if !errors.Is(got.err, context.Canceled) {
		fmt.Fprintf(u.Stderr, "postern: %s: %v\n", src, got.err)
	}
	return out.Fail(src, got.err)
}

// worse is the exit status of two uploads together: a refused key, which ends all
// others, counts most.
func worse(a, b int) int {
	if a == exitKey || b == exitKey {
		return exitKey
	}
	return max(a, b)
}

// exitOf is the exit status for an upload.
func exitOf(err error) int {
	refusal, ok := client.AsRefusal(err)
	switch {
	case err == nil:
		return 0
	case ok && refusal.OfKey():
		return exitKey
	case client.Passes(err):
		return exitNotReached
	}
	return exitRefused
}

// deleteAll deletes what delete URLs stand for.
func (u *upload) deleteAll(ctx context.Context, c *client.Client) error {
	status := 0
	for _, url := range u.remove {
		if err := c.Delete(ctx, url); err != nil {
			fmt.Fprintf(u.Stderr, "postern: %s: %v\n", url, err)
			status = worse(status, exitOf(err))
		}
	}
	if status > 0 {
		return &console.StatusError{Status: status}
	}
	return nil
}
