package cheveretotest

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// AddMany adds n images with thumb and medium, of version 4.2, whose files it
// writes below a folder: 500 a day, in one album of a user, each with two tags and a
// delete link. No two files have the same bytes.
func (s *Site) AddMany(n int, dir string) error {
	b := &builder{}
	original, medium, thumb := b.encode("jpg", 600), b.encode("jpg", 50), b.encode("jpg", 20)
	images, hashes, tags := s.Table("images"), s.Table("images_hash"), s.Table("tags_files")
	hash := bcrypt2y(DeleteWord)
	first := images.Next
	for i := range n {
		number := first + i
		day := time.Date(2015, 1, 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, i/500)
		folder := filepath.Join(dir, "images", day.Format("2006/01/02"))
		if i%500 == 0 {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
		}
		var sum [16]byte
		for suffix, data := range map[string][]byte{"": original, ".md": medium, ".th": thumb} {
			data = numbered(data, number)
			if suffix == "" {
				sum = md5.Sum(data)
			}
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("many%d%s.jpg", number, suffix)), data, 0o644); err != nil {
				return err
			}
		}
		when := day.Format(time.DateTime)
		images.add(number, fmt.Sprintf("many%d", number), "jpg", len(original)+8, 600, 600, when, when, fmt.Sprintf("Image number %d", number), "One of many", 0, 2, 1,
			"203.0.113.7", "datefolder", nil, nil, hex.EncodeToString(sum[:]), nil, fmt.Sprintf("DSC_%d.JPG", number), nil, i%1000, 1,
			7, len(thumb)+8, len(medium)+8, nil, 0, 0, 1, 0, 0, 0, 1)
		hashes.add(number, hash)
		tags.add(1, number)
		tags.add(3, number)
	}
	images.Next = first + n
	return nil
}

// numbered is a JPEG with a comment, in which its number stands.
func numbered(jpeg []byte, number int) []byte {
	comment := binary.BigEndian.AppendUint32([]byte{0xff, 0xfe, 0, 6}, uint32(number))
	return bytes.Join([][]byte{jpeg[:2], comment, jpeg[2:]}, nil)
}
