package video

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const idSegmentFilename = 0x7384

// memory is a File of bytes.
type memory struct{ b []byte }

func (m memory) ReadAt(p []byte, off int64) (int, error) { return bytes.NewReader(m.b).ReadAt(p, off) }

func (m memory) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || off+int64(len(p)) > int64(len(m.b)) {
		return 0, io.ErrShortWrite
	}
	return copy(m.b[off:], p), nil
}

// redact returns a redacted copy.
func redact(t testing.TB, b []byte, all bool) (out []byte, changed bool) {
	t.Helper()
	m := memory{bytes.Clone(b)}
	changed, err := Redact(m, int64(len(b)), all)
	if err != nil {
		t.Fatalf("redact: %v", err)
	}
	if changed == bytes.Equal(b, m.b) {
		t.Errorf("got changed %t, want what is true", changed)
	}
	return m.b, changed
}

// movieWith writes an MP4 with more boxes in its parts.
func movieWith(moov, trak, behind []byte) []byte {
	build := func(offset uint32) []byte {
		t := videoTrack()
		t.offset = offset
		return join(typed("isom"), mp4Box("moov", movieHeader(0, unturned), mp4Box("trak", t.box()[8:], trak), moov))
	}
	return join(build(uint32(len(build(0))+8)), mp4Box("mdat", []byte("abcdefghij")), behind)
}

func metaHandler(kind string) []byte { return mp4Box("hdlr", words(0, 0), []byte(kind), zeros(13)) }

func dataBox(text string) []byte { return mp4Box("data", words(1, 0), []byte(text)) }

// keyed writes metadata in QuickTime's way: keys and values in turns.
func keyed(pairs ...string) []byte {
	var keys, items []byte
	for i := 0; i < len(pairs); i += 2 {
		keys = append(keys, mp4Box("mdta", []byte(pairs[i]))...)
		items = append(items, mp4Box(string(words(uint32(i/2+1))), dataBox(pairs[i+1]))...)
	}
	return join(metaHandler("mdta"), mp4Box("keys", words(0, uint32(len(pairs)/2)), keys), mp4Box("ilst", items))
}

func simpleTag(name, value string, more ...[]byte) []byte {
	return ebml(idSimpleTag, ebml(idTagName, []byte(name)), ebml(0x4487, []byte(value)), join(more...))
}

func tagsOf(tags ...[]byte) []byte { return ebml(idTags, ebml(idTag, ebml(0x63c0), join(tags...))) }

// TestRedactRemovesWhatIsNotKnownToBeHarmless hides the word SECRET where
// programs put private data.
func TestRedactRemovesWhatIsNotKnownToBeHarmless(t *testing.T) {
	const secret = "SECRET"
	box := func(kind string) []byte { return mp4Box(kind, []byte(secret)) }
	telemetry := videoTrack()
	telemetry.handler, telemetry.format = "meta", "gpmd"
	drone := videoTrack()
	drone.handler, drone.format = "text"+string(zeros(12))+"DJI.Subtitle", "tx3g"
	webm := func(part []byte) []byte {
		return testSegment(lastingInfo(1000), tracks(videoEntry(nil)), part, cluster(0, key(0)))
	}
	for what, b := range map[string][]byte{
		"a position in user data":               movieWith(mp4Box("udta", box("\xa9xyz")), nil, nil),
		"3GPP's position":                       movieWith(mp4Box("udta", box("loci")), nil, nil),
		"a camera's serial number":              movieWith(mp4Box("udta", box("CAME")), nil, nil),
		"user data of a track":                  movieWith(nil, mp4Box("udta", box("\xa9xyz")), nil),
		"user data behind a zero":               movieWith(mp4Box("udta", zeros(8), []byte(secret)), nil, nil),
		"user data behind a terminator":         movieWith(mp4Box("udta", mp4Box("\xa9nam"), zeros(4), []byte("SECRET\x00\x00")), nil, nil),
		"user data that is larger than it may":  movieWith(mp4Box("udta", words(999), []byte("\xa9namSECRET")), nil, nil),
		"Apple's key of a position":             movieWith(mp4Box("meta", keyed("com.apple.quicktime.make", "Apple", "com.apple.quicktime.location.ISO6709", secret)), nil, nil),
		"a key in user data, the other layout":  movieWith(mp4Box("udta", mp4Box("meta", words(0), keyed("location", secret))), nil, nil),
		"an item without key":                   movieWith(mp4Box("meta", metaHandler("mdta"), mp4Box("ilst", mp4Box(string(words(7)), dataBox(secret)))), nil, nil),
		"a cover among iTunes items":            movieWith(mp4Box("udta", mp4Box("meta", words(0), metaHandler("mdir"), mp4Box("ilst", mp4Box("covr", dataBox(secret))))), nil, nil),
		"an account among iTunes items":         movieWith(mp4Box("udta", mp4Box("meta", words(0), metaHandler("mdir"), mp4Box("ilst", mp4Box("apID", dataBox(secret))))), nil, nil),
		"an artist in user data":                movieWith(mp4Box("udta", box("\xa9ART")), nil, nil),
		"an author of 3GPP":                     movieWith(mp4Box("udta", box("auth")), nil, nil),
		"a comment among iTunes items":          movieWith(mp4Box("udta", mp4Box("meta", words(0), metaHandler("mdir"), mp4Box("ilst", mp4Box("\xa9cmt", dataBox(secret))))), nil, nil),
		"a comment among keys":                  movieWith(mp4Box("meta", keyed("comment", secret, "com.apple.quicktime.author", secret)), nil, nil),
		"the name of a key":                     movieWith(mp4Box("meta", keyed("com.SECRET.example", "x")), nil, nil),
		"a second value of a title":             movieWith(mp4Box("udta", mp4Box("meta", words(0), metaHandler("mdir"), mp4Box("ilst", mp4Box("\xa9nam", dataBox("x"), dataBox(secret))))), nil, nil),
		"words for a date":                      movieWith(mp4Box("udta", mp4Box("\xa9day", []byte("about SECRET"))), nil, nil),
		"the name of a metadata handler":        movieWith(mp4Box("meta", mp4Box("hdlr", words(0, 0), []byte("mdta"), zeros(12), []byte(secret))), nil, nil),
		"the name of a track's handler":         change(func(t *testTrack) { t.handler = "vide" + string(zeros(12)) + secret }),
		"the name of a coder":                   coded(secret),
		"a box in a sample entry":               change(func(t *testTrack) { t.extensions = box("abcd") }),
		"a box among tables":                    tabled(box("abcd")),
		"bytes behind a table":                  tabled(mp4Box("sync", words(0)), mp4Box("stps", words(0, 0), []byte(secret))),
		"bytes behind a header":                 headed(mp4Box("mvhd", movieHeader(0, unturned)[8:], []byte(secret))),
		"a path to the media":                   tabled(mp4Box("dinf", mp4Box("dref", words(0, 1), mp4Box("url ", words(1), []byte(secret))))),
		"a second movie box":                    movieWith(nil, nil, mp4Box("moov", box("udta"))),
		"media data of no sample":               movieWith(nil, nil, mp4Box("mdat", []byte(secret))),
		"media data before the samples":         gapped([]byte(secret), []byte("abcdefghij"), nil),
		"media data behind the samples":         gapped(nil, []byte("abcdefghij"), []byte(secret)),
		"a chapter track":                       chaptered(secret),
		"time codes":                            twoTracks(timed("tmcd"), secret),
		"an event message":                      movieWith(nil, nil, box("emsg")),
		"a box in a fragment":                   fragmented(mp4Box("trex", words(0, 1, 1, 100, 1, 0)), plainFragment(0), mp4Box("moof", mp4Box("mfhd", words(0, 1)), box("udta"))),
		"metadata of another sort":              movieWith(mp4Box("meta", words(0), metaHandler("ID32"), box("ID32")), nil, nil),
		"metadata of the file":                  movieWith(nil, nil, mp4Box("meta", words(0), metaHandler("ID32"), box("ID32"))),
		"XMP":                                   movieWith(nil, nil, mp4Box("uuid", []byte("\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac"), []byte(secret))),
		"a maker's box in the movie":            movieWith(box("gps "), nil, nil),
		"a maker's box in a track":              movieWith(nil, box("abcd"), nil),
		"a maker's box behind the movie":        movieWith(nil, nil, box("sefd")),
		"a maker's box of 64 bits":              movieWith(nil, nil, longBox("sefd", []byte(secret))),
		"a box without end":                     movieWith(nil, nil, endlessBox("sefd", []byte(secret))),
		"a box that is cut off":                 movieWith(nil, nil, join(words(1<<20), []byte("sefdSECRET"))),
		"free space":                            movieWith(box("free"), box("skip"), box("free")),
		"bytes behind the end":                  movieWith(nil, nil, []byte("SECRET")),
		"more bytes behind the end":             movieWith(nil, nil, []byte("\x00\x00\x00\x01SECRET  SECRET")),
		"a track of telemetry and its samples":  twoTracks(telemetry, secret),
		"subtitles of a drone":                  twoTracks(drone, secret),
		"a fragment of telemetry":               telemetryFragment([]byte(secret)),
		"an artist in Matroska's tags":          webm(tagsOf(simpleTag("ARTIST", secret), simpleTag("COMMENT", secret))),
		"words for a date in tags":              webm(tagsOf(simpleTag("DATE", secret))),
		"what a tag is of":                      webm(ebml(idTags, ebml(idTag, ebml(0x63c0, ebml(0x63ca, []byte(secret))), simpleTag("TITLE", "x")))),
		"the name of a track":                   testSegment(lastingInfo(9), tracks(videoEntry(nil, ebml(0x536e, []byte(secret)))), cluster(0, key(0))),
		"an element of a picture's description": testSegment(lastingInfo(9), tracks(videoEntry(ebml(0x5234, []byte(secret)))), cluster(0, key(0))),
		"chapters":                              webm(ebml(idChapters, ebml(0x45b9, []byte(secret)))),
		"a Void in a cluster":                   testSegment(lastingInfo(9), tracks(videoEntry(nil)), cluster(0, key(0), ebml(idVoid, []byte(secret)), delta(10))),
		"an element in a cluster":               testSegment(lastingInfo(9), tracks(videoEntry(nil)), cluster(0, key(0), ebml(idSilentTracks, []byte(secret)), delta(10))),
		"an element in a group of blocks":       testSegment(lastingInfo(9), tracks(videoEntry(nil)), cluster(0, key(0), ebml(idBlockGroup, ebml(idBlock, []byte{0x81, 0, 10, 0, 'd'}), ebml(0x5234, []byte(secret))))),
		"an element of the file's header":       join(ebml(idEBML, ebml(idDocType, []byte("webm")), ebml(0x5234, []byte(secret))), webm(nil)[len(ebmlHeader("webm")):]),
		"a Void before the segment":             join(ebmlHeader("webm"), ebml(idVoid, []byte(secret)), webm(nil)[len(ebmlHeader("webm")):]),
		"a position in Matroska's tags":         webm(tagsOf(simpleTag("TITLE", "x"), simpleTag("LOCATION", secret))),
		"a position in a tag of a tag":          webm(tagsOf(simpleTag("TITLE", "x", simpleTag("com.apple.quicktime.location.ISO6709", secret)))),
		"a tag without name":                    webm(tagsOf(ebml(idSimpleTag, ebml(0x4487, []byte(secret))))),
		"a large tag":                           webm(tagsOf(simpleTag("GPS", strings.Repeat(secret, 99)))),
		"tags that are nested deep":             webm(tagsOf(deepTag(40, secret))),
		"an unknown element in tags":            webm(ebml(idTags, ebml(0x1111, []byte(secret)))),
		"tags that are broken":                  webm(ebml(idTags, ebml(idTag, []byte("\xff\xffSECRET")))),
		"an attachment":                         webm(ebml(idAttachments, []byte(secret))),
		"an unknown element":                    webm(ebml(0x1a2b3c4d, []byte(secret))),
		"a Void":                                webm(ebml(idVoid, []byte(secret))),
		"the file's name":                       testSegment(ebml(idInfo, ebml(idSegmentFilename, []byte(secret))), tracks(videoEntry(nil)), cluster(0, key(0))),
		"tags behind a cluster without a size":  testSegment(tracks(videoEntry(nil)), unsized(idCluster, number(idTimestamp, 0), key(0)), tagsOf(simpleTag("LOCATION", secret))),
		"junk between clusters":                 testSegment(lastingInfo(9), tracks(videoEntry(nil)), cluster(0, key(0)), []byte("\x00SECRET"), cluster(500, key(0)), tagsOf(simpleTag("GPS", secret))),
		"bytes behind a segment":                join(webm(nil), []byte(secret)),
		"what is no element behind the cluster": testSegment(lastingInfo(9), tracks(videoEntry(nil)), cluster(0, key(0)), []byte("\x00SECRET")),
	} {
		out, changed := redact(t, b, false)
		if !changed || bytes.Contains(out, []byte(secret)) {
			t.Errorf("%s: got changed %t and it is still there", what, changed)
		}
		sameVideo(t, what, b, out)
		if _, again := redact(t, out, false); again {
			t.Errorf("%s: redacting again changes something", what)
		}
	}
}

// tabled writes an MP4 with more boxes beside the tables of its track.
func tabled(boxes ...[]byte) []byte {
	build := func(offset uint32) []byte {
		t := videoTrack()
		t.tables = join(mp4Box("stts", words(0, 1, 10, 100)), mp4Box("stss", words(0, 2, 1, 6)), mp4Box("stsc", words(0, 1, 1, 10, 1)),
			mp4Box("stsz", words(0, 1, 10)), mp4Box("stco", words(0, 1, offset)), join(boxes...))
		return join(typed("isom"), mp4Box("moov", movieHeader(0, unturned), t.box()))
	}
	return join(build(uint32(len(build(0))+8)), mp4Box("mdat", []byte("abcdefghij")))
}

// coded writes an MP4 whose coder has a name.
func coded(name string) []byte {
	b := movieWith(nil, nil, nil)
	at := bytes.Index(b, []byte("vp09")) + 4 + 42
	return join(b[:at], []byte{byte(len(name))}, []byte(name), b[at+1+len(name):])
}

// gapped writes an MP4 whose media data has more than samples.
func gapped(before, samples, behind []byte) []byte {
	build := func(offset int) []byte {
		t := videoTrack()
		t.offset = uint32(offset + 8 + len(before))
		return join(typed("isom"), mp4Box("moov", movieHeader(0, unturned), t.box()))
	}
	return join(build(len(build(0))), mp4Box("mdat", before, samples, behind))
}

// headed writes an MP4 with a movie header.
func headed(header []byte) []byte {
	build := func(offset uint32) []byte {
		t := videoTrack()
		t.offset = offset
		return join(typed("isom"), mp4Box("moov", header, t.box()))
	}
	return join(build(uint32(len(build(0))+8)), mp4Box("mdat", []byte("abcdefghij")))
}

func timed(handler string) testTrack {
	t := videoTrack()
	t.handler, t.format = handler, handler
	return t
}

// chaptered writes an MP4 whose track of text has chapters.
func chaptered(name string) []byte {
	b := twoTracks(timed("text"), name)
	trak := bytes.LastIndex(b, []byte("trak")) - 4
	ref := mp4Box("tref", mp4Box("chap", words(1)))
	moov := bytes.Index(b, []byte("moov")) - 4
	out := join(b[:trak], be.AppendUint32(nil, be.Uint32(b[trak:])+uint32(len(ref))), b[trak+4:trak+8], ref, b[trak+8:])
	be.PutUint32(out[moov:], be.Uint32(out[moov:])+uint32(len(ref)))
	for at := 0; ; { // the samples have moved
		i := bytes.Index(out[at:], []byte("stco"))
		if i < 0 {
			return out
		}
		at += i + 12
		be.PutUint32(out[at:], be.Uint32(out[at:])+uint32(len(ref)))
	}
}

// twoTracks writes an MP4 of a video track and one whose only sample lies
// behind those of the video.
func twoTracks(second testTrack, sample string) []byte {
	build := func(offset uint32) []byte {
		video := videoTrack()
		video.offset = offset
		second.tables = join(mp4Box("stts", words(0, 1, 1, 100)), mp4Box("stsc", words(0, 1, 1, 1, 1)),
			mp4Box("stsz", words(0, 0, 1, uint32(len(sample)))), mp4Box("stco", words(0, 1, offset+10)))
		return join(typed("isom"), mp4Box("moov", movieHeader(0, unturned), video.box(), second.box()))
	}
	return join(build(uint32(len(build(0))+8)), mp4Box("mdat", []byte("abcdefghij"), []byte(sample)))
}

func deepTag(depth int, secret string) []byte {
	if depth == 0 {
		return simpleTag("TITLE", secret)
	}
	return simpleTag("TITLE", "", deepTag(depth-1, secret))
}

// telemetryFragment writes a fragmented MP4 with samples of a track of
// telemetry, number 2, behind those of the video.
func telemetryFragment(sample []byte) []byte {
	hidden := videoTrack()
	hidden.handler, hidden.format, hidden.tables = "meta", "mett", []byte{}
	box := hidden.box()
	box[8+8+15] = 2 // the track's number
	video := videoTrack()
	video.tables, video.duration = []byte{}, 0
	moov := mp4Box("moov", movieHeader(0, unturned), video.box(), box,
		mp4Box("mvex", mp4Box("trex", words(0, 1, 1, 100, 1, 0)), mp4Box("trex", words(0, 2, 1, 100, 1, 0))))
	fragment := func(track, data uint32, n int) []byte {
		return mp4Box("traf", mp4Box("tfhd", words(fragmentBaseIsMoof, track)), mp4Box("trun", words(runHasOffset, uint32(n), data)))
	}
	moof := func(at uint32) []byte {
		return mp4Box("moof", fragment(1, at+8, 2), fragment(2, at+10, len(sample)))
	}
	return join(typed("iso5"), moov, moof(uint32(len(moof(0)))), mp4Box("mdat", []byte("VV"), sample))
}

// sameVideo fails unless two videos have the same facts and key frames.
func sameVideo(t *testing.T, what string, before, after []byte) {
	t.Helper()
	was, err := read(before)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	is, err := read(after)
	if err != nil || !reflect.DeepEqual(is, was) {
		t.Errorf("%s: got %+v, %v after redaction, want %+v", what, is, err, was)
	}
	if got, want := allKeyFrames(after), allKeyFrames(before); got != want {
		t.Errorf("%s: got key frames %s after redaction, want %s", what, got, want)
	}
}

func TestRedactLeavesWhatIsHarmless(t *testing.T) {
	spherical := mp4Box("uuid", []byte(sphericalUUID), []byte("<xml/>"))
	for what, b := range map[string][]byte{
		"a title in user data":  movieWith(mp4Box("udta", mp4Box("\xa9nam", []byte("Title"))), nil, nil),
		"a title among keys":    movieWith(mp4Box("meta", keyed("com.apple.quicktime.title", "Title", "com.android.version", "14")), nil, nil),
		"a title as in iTunes":  movieWith(mp4Box("udta", mp4Box("meta", words(0), metaHandler("mdir"), mp4Box("ilst", mp4Box("\xa9nam", dataBox("Title"))))), nil, nil),
		"a 360-degree box":      movieWith(nil, spherical, nil),
		"a title in tags":       testSegment(tracks(videoEntry(nil)), tagsOf(simpleTag("title", "Title")), cluster(0, key(0))),
		"clusters without size": join(ebmlHeader("webm"), unsized(idSegment, tracks(videoEntry(nil)), unsized(idCluster, number(idTimestamp, 0), key(0), delta(10)))),
	} {
		if _, changed := redact(t, b, false); changed {
			t.Errorf("%s: got changed, want not", what)
		}
	}
}

func TestRedactAllLeavesNoWords(t *testing.T) {
	udta := mp4Box("udta", mp4Box("\xa9nam", []byte("Title")))
	dated := bytes.Replace(movieWith(udta, udta, nil), join([]byte("mvhd"), zeros(12)), join([]byte("mvhd"), words(0, 0x44415445, 0x44415445)), 1)
	for what, b := range map[string][]byte{
		"a movie":   dated,
		"a segment": testSegment(ebml(idInfo, ebml(idTitle, []byte("Title")), ebml(idDateUTC, []byte("DATEDATE"))), tracks(videoEntry(nil)), tagsOf(simpleTag("TITLE", "Title")), cluster(0, key(0))),
	} {
		out, _ := redact(t, b, true)
		if bytes.Contains(out, []byte("Title")) || bytes.Contains(out, []byte("DATE")) {
			t.Errorf("%s: got words or dates, want none", what)
		}
		sameVideo(t, what, b, out)
	}
}

// TestRedactKeepsChecksumsTrue wants no checksum to stay over what changed.
func TestRedactKeepsChecksumsTrue(t *testing.T) {
	sum := ebml(idCRC32, []byte("csum"))
	b := testSegment(tracks(videoEntry(nil)), ebml(idTags, sum, ebml(idTag, sum, simpleTag("LOCATION", "x"))), cluster(0, key(0)))
	if out, _ := redact(t, b, false); bytes.Contains(out, []byte("csum")) {
		t.Error("got a checksum over what changed")
	}
}

func TestRedactOfRealVideos(t *testing.T) {
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) < 20 {
		t.Fatalf("got %d videos, %v", len(names), err)
	}
	for _, name := range names {
		b := videoFile(t, filepath.Base(name))
		if _, err := read(b); err != nil {
			continue
		}
		for _, all := range []bool{false, true} {
			out, _ := redact(t, b, all)
			sameVideo(t, name, b, out)
		}
	}
}

func TestRedactRefuses(t *testing.T) {
	for what, b := range map[string][]byte{"a picture": []byte("\x89PNG\r\n\x1a\n0000"), "nothing": nil} {
		if _, err := Redact(memory{b}, int64(len(b)), false); !errors.Is(err, ErrNotVideo) {
			t.Errorf("%s: got %v, want ErrNotClip", what, err)
		}
	}
	endless := endless{head: join(typed("isom"), mp4Box("moov", movieHeader(0, unturned), videoTrack().box())), pattern: mp4Box("free"), size: 1 << 32}
	if _, err := Redact(readOnly{&endless}, endless.size, false); !errors.Is(err, ErrDamaged) {
		t.Errorf("500 million boxes: got %v, want ErrDamaged", err)
	}
}

func TestRedactGoesThroughLongRecordings(t *testing.T) {
	block := simpleBlock(0, 0, bytes.Repeat([]byte("d"), 600)...)
	live := join(ebmlHeader("webm"), unsized(idSegment, lastingInfo(9), tracks(videoEntry(nil)),
		unsized(idCluster, number(idTimestamp, 0), key(0), bytes.Repeat(block, 120_000)), tagsOf(simpleTag("LOCATION", "SECRET"))))
	if out, changed := redact(t, live, false); !changed || bytes.Contains(out, []byte("SECRET")) {
		t.Errorf("got changed %t and it is still there", changed)
	}
}

// readOnly is a File that must not be written.
type readOnly struct{ io.ReaderAt }

func (readOnly) WriteAt([]byte, int64) (int, error) { return 0, errors.New("written") }

// TestExiftoolFindsNothingPrivate lets exiftool write and look for metadata.
func TestExiftoolFindsNothingPrivate(t *testing.T) {
	if _, err := exec.LookPath("exiftool"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("exiftool is missing")
		}
		t.Skip("exiftool is missing")
	}
	for _, name := range []string{"v.mp4", "v.mov"} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, videoFile(t, name), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("exiftool", "-overwrite_original", "-Keys:GPSCoordinates=48.8584, 2.2945, 35", "-UserData:GPSCoordinates=48.8584, 2.2945, 35",
			"-ItemList:GPSCoordinates=48.8584, 2.2945, 35", "-XMP:GPSLatitude=48.8584", "-XMP-aux:SerialNumber=12345", "-Keys:Title=A title",
			"-Keys:Make=Maker", "-UserData:LocationName=Paris", file).CombinedOutput()
		if err != nil {
			t.Fatalf("exiftool: %v\n%s", err, out)
		}
		if facts := exifFacts(t, file); !strings.Contains(facts, "GPS") || !strings.Contains(facts, "Serial") {
			t.Fatalf("%s: exiftool wrote no position:\n%s", name, facts)
		}
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		after, _ := redact(t, before, false)
		sameVideo(t, name, before, after)
		if err := os.WriteFile(file, after, 0o600); err != nil {
			t.Fatal(err)
		}
		facts := exifFacts(t, file)
		for _, word := range []string{"GPS", "Serial", "Location", "Paris", "48"} {
			if strings.Contains(facts, word+" ") || strings.Contains(facts, word+"Lat") || strings.Contains(facts, word+"Coord") {
				t.Errorf("%s: got %q in\n%s", name, word, facts)
			}
		}
		if !strings.Contains(facts, "A title") || strings.Contains(facts, "Warning") {
			t.Errorf("%s: got no title, or a warning:\n%s", name, facts)
		}
	}
}

func exifFacts(t *testing.T, file string) string {
	t.Helper()
	out, err := exec.Command("exiftool", "-a", "-G1", "-s", "-ee3", "-U", "-api", "LargeFileSupport=1", file).CombinedOutput()
	if err != nil {
		t.Fatalf("exiftool: %v\n%s", err, out)
	}
	return string(out)
}

func FuzzRedact(f *testing.F) {
	seed(f, ".mp4", ".mov", ".webm", ".mkv")
	f.Add(telemetryFragment([]byte("SECRET")))
	f.Add(movieWith(mp4Box("udta", mp4Box("meta", words(0), keyed("location", "x"))), nil, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		was, err := read(b)
		if err != nil {
			return
		}
		m := memory{bytes.Clone(b)}
		if _, err := Redact(m, int64(len(b)), false); err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("got %v, want ErrDamaged", err)
			}
			return
		}
		is, err := read(m.b)
		is.Duration, is.FrameRate = was.Duration, was.FrameRate // what lies behind damage may have told them
		if isDamage(err) {                                      // a table may point into the very metadata
			return
		}
		if err != nil || !reflect.DeepEqual(is, was) {
			t.Errorf("got %+v, %v after redaction, want %+v", is, err, was)
		}
	})
}

// TestGapsBesideDamagedTables has tables of the kept track that cannot be read: what is beside its samples
// goes all the same, or the file is refused.
func TestGapsBesideDamagedTables(t *testing.T) {
	refused := 0
	for _, table := range []string{"stsz", "stsc", "stco", "stts", "stbl", "stsd"} {
		for _, with := range []string{"\xff\xff\xff\xff", "\x00\x00\x00\x00", "\x7f\xff\xff\xff"} {
			for _, field := range []int{-4, 0, 8, 12} { // the size of the box, its kind, and numbers of entries
				b := slices.Concat(videoFile(t, "v.mp4"), mp4Box("mdat", []byte("SECRET")))
				copy(b[bytes.Index(b, []byte(table))+field:], with)
				m := memory{b}
				_, err := Redact(m, int64(len(b)), false)
				if errors.Is(err, ErrDamaged) {
					refused++
				} else if err != nil || bytes.Contains(m.b, []byte("SECRET")) {
					t.Errorf("%s, %x at %d: the word is there, or %v", table, with, field, err)
				}
			}
		}
	}
	if refused == 0 {
		t.Error("no table is damaged")
	}
}
