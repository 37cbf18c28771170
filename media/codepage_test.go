package media_test

import (
	"fmt"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"postern/media"
)

func TestNamesInCodePagesAreRead(t *testing.T) {
	tests := []struct {
		page  encoding.Encoding
		names []string
	}{
		{charmap.Windows1252, []string{"Grüße.png", "Übergröße.jpg", "été à la plage.jpg", "Señor – niño.png", "Ærø.gif", "é.png", "L’été.png", "FOTO-ÜBER-1.JPG"}},
		{charmap.Windows1251, []string{"фото.png", "Мои документы.jpg", "ФОТО.JPG", "IMG_Отпуск 2019.png", "снимок экрана.png", "Ёлка.png"}},
		{japanese.ShiftJIS, []string{"写真.png", "スクリーンショット.png", "テスト.jpg", "東京タワー 01.jpg", "新しい画像.png"}},
		{simplifiedchinese.GBK, []string{"照片.png", "屏幕截图 2020.png", "测试.jpg", "新建文件夹.png", "微信图片_20200101.jpg"}},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.page), func(t *testing.T) {
			for _, name := range test.names {
				sent, err := test.page.NewEncoder().String(name)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if got := media.ClientFilename(sent); got != name {
					t.Errorf("%v, %q: got %q", test.page, name, got)
				}
			}
		})
	}
}

func TestNamesOfNoKnownCodePageBecomeUTF8(t *testing.T) {
	names := []string{"a\xff.png", "\x80\x81\xfe\xff.png", "Gr\xc3\xbc\xc3\x9fe \xe2\x80.png", "\xa0\xa0\xa0"}
	for page, name := range map[encoding.Encoding]string{
		korean.EUCKR: "사진.png", traditionalchinese.Big5: "圖片.png", charmap.Windows1253: "φωτο.png", charmap.CodePage850: "Grüße.png",
		charmap.KOI8R: "фото.png", charmap.Windows1255: "תמונה.png",
	} {
		sent, err := page.NewEncoder().String(name)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, sent)
	}
	for _, sent := range names {
		if got := media.ClientFilename(sent); !utf8.ValidString(got) || got == "" {
			t.Errorf("%q: got %q", sent, got)
		}
	}
	if got := media.ClientFilename("Gr\xc3\xbc\xc3\x9fe \xe2\x80.png"); got != "Grüße \ufffd.png" {
		t.Errorf("damaged UTF-8: got %q", got)
	}
}
