package media_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"postern/media"
)

func TestParseExpiration(t *testing.T) {
	now := time.Date(2026, time.November, 20, 10, 30, 15, 0, time.UTC)
	at := func(y int, m time.Month, d, h, min, s int) time.Time {
		return time.Date(y, m, d, h, min, s, 0, time.UTC)
	}
	bounds := media.Bounds{Min: media.Period{Time: 5 * time.Minute}}
	tests := []struct {
		in   string
		want time.Time
	}{
		{"", time.Time{}},
		{"0", time.Time{}},
		{"NODEL", time.Time{}},
		{"undefined", time.Time{}},
		{"never", time.Time{}},
		{" Never ", time.Time{}},
		{"  ", time.Time{}},
		{"PT5M", at(2026, 11, 20, 10, 35, 15)},
		{"PT5M ", at(2026, 11, 20, 10, 35, 15)},
		{"P3D", at(2026, 11, 23, 10, 30, 15)},
		{"P1W", at(2026, 11, 27, 10, 30, 15)},
		{"P2W", at(2026, 12, 4, 10, 30, 15)},
		{"P1M", at(2026, 12, 20, 10, 30, 15)},
		{"P2M", at(2027, 1, 20, 10, 30, 15)},
		{"P1Y", at(2027, 11, 20, 10, 30, 15)},
		{"P10Y", at(2036, 11, 20, 10, 30, 15)},
		{"P1Y1D", at(2027, 11, 21, 10, 30, 15)},
		{"P1Y2M10DT2H30M", at(2028, 1, 30, 13, 0, 15)},
		{"P1DT12H", at(2026, 11, 21, 22, 30, 15)},
		{"P0.5D", at(2026, 11, 20, 22, 30, 15)},
		{"PT1,5H", at(2026, 11, 20, 12, 0, 15)},
		{"PT36H", at(2026, 11, 21, 22, 30, 15)},
		{"PT400.4S", at(2026, 11, 20, 10, 36, 56)},
		{"3600", at(2026, 11, 20, 11, 30, 15)},
		{"99999999", at(2030, 1, 20, 20, 16, 54)},
		{"P1M1W", at(2026, 12, 27, 10, 30, 15)},
		// Below the minimum: raised to it.
		{"PT1S", at(2026, 11, 20, 10, 35, 15)},
		{"PT0S", at(2026, 11, 20, 10, 35, 15)},
		{"60", at(2026, 11, 20, 10, 35, 15)},
		{"P0D", at(2026, 11, 20, 10, 35, 15)},
		{"00", at(2026, 11, 20, 10, 35, 15)},
	}
	for _, test := range tests {
		t.Run(test.in, func(t *testing.T) {
			got, err := media.ParseExpiration(test.in, now, bounds)
			if err != nil || !got.Equal(test.want) {
				t.Errorf("ParseExpiration(%q) = %v, %v, want %v", test.in, got, err, test.want)
			}
		})
	}
}

func TestParseExpirationRefuses(t *testing.T) {
	tests := []string{
		"P", "PT", "P1X", "pt5m", "p3d", "1 day", "-5", "+5", "1.5", "P-1D", "-P1D", "PT-5M",
		"2027-01-01T00:00:00Z", "2030-01-01 00:00:00", "P1DT", "P1D2Y", "PT5S3M", "P5S", "T5M",
		"P1Y1Y", "P1.5Y", "P0.5M", "null", "nevermore", "P٣D", "٣",
		"99999999999999999999999999", "P9999Y", "P99999999999999999999Y", "P4000000D", "PT9999999999999999S",
		"P" + strings.Repeat("9", 400) + "D",
	}
	for _, in := range tests {
		got, err := media.ParseExpiration(in, time.Now(), media.Bounds{})
		if !errors.Is(err, media.ErrExpiration) {
			t.Errorf("ParseExpiration(%q) = %v, %v, want ErrExpiration", in, got, err)
		}
	}
}

func TestCalendarMonths(t *testing.T) {
	date := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 23, 59, 59, 0, time.UTC) }
	tests := []struct {
		from   time.Time
		period string
		want   time.Time
	}{
		{date(2026, 1, 31), "P1M", date(2026, 2, 28)},
		{date(2028, 1, 31), "P1M", date(2028, 2, 29)},
		{date(2026, 10, 31), "P1M", date(2026, 11, 30)},
		{date(2028, 2, 29), "P1Y", date(2029, 2, 28)},
		{date(2026, 12, 31), "P2M", date(2027, 2, 28)},
		{date(2026, 3, 15), "P12M", date(2027, 3, 15)},
	}
	for _, test := range tests {
		t.Run(test.period, func(t *testing.T) {
			got, err := media.ParseExpiration(test.period, test.from, media.Bounds{})
			if err != nil || !got.Equal(test.want) {
				t.Errorf("%s after %s = %v, %v, want %v", test.period, test.from, got, err, test.want)
			}
		})
	}
}

func TestExpirationIsCutToTheMaximum(t *testing.T) {
	now := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	bounds := media.Bounds{Max: media.Period{Days: 30}}
	for _, in := range []string{"P1Y", "31536000", "P31D"} {
		got, err := media.ParseExpiration(in, now, bounds)
		if want := now.AddDate(0, 0, 30); err != nil || !got.Equal(want) {
			t.Errorf("ParseExpiration(%q) = %v, %v, want %v", in, got, err, want)
		}
	}
}

func TestNeverIsTheLongestTimeThatTheBoundsAllow(t *testing.T) {
	now := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for _, in := range []string{"", "0", "never", "NODEL", "undefined"} {
		got, err := media.ParseExpiration(in, now, media.Bounds{Max: media.Period{Days: 30}})
		if want := now.AddDate(0, 0, 30); err != nil || !got.Equal(want) {
			t.Errorf("ParseExpiration(%q) = %v, %v, want %v", in, got, err, want)
		}
	}
}

func TestItemIsExpiredFromTheSecondOn(t *testing.T) {
	end := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	it := media.Item{ExpiresAt: end}
	if it.Expired(end.Add(-time.Nanosecond)) {
		t.Error("expired before its time")
	}
	if !it.Expired(end) {
		t.Error("not expired at its time")
	}
	if (&media.Item{}).Expired(end) {
		t.Error("an item without end of life expired")
	}
}

func FuzzParseExpiration(f *testing.F) {
	for _, s := range []string{"PT5M", "P3D", "P1Y2M3W4DT5H6M7S", "0", "3600", "P0.5D", "garbage", "P9999Y"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		end, err := media.ParseExpiration(s, now, media.Bounds{})
		if err == nil && !end.IsZero() && (end.Before(now) || end.Year() > 9999) {
			t.Errorf("ParseExpiration(%q) = %v", s, end)
		}
	})
}
