package media_test

import (
	"net/netip"
	"strings"
	"testing"

	"postern/media"
)

func TestBannedAddresses(t *testing.T) {
	digest := strings.Repeat("ab", 16)
	for _, test := range []struct {
		text, form   string
		shuts, spare string // addresses
	}{
		{" 192.0.2.7 ", "192.0.2.7", "192.0.2.7", "192.0.2.8"},
		{"::ffff:192.0.2.7", "192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1"},
		{"192.0.2.77/24", "192.0.2.0/24", "192.0.2.200", "192.0.3.1"},
		{"2001:DB8::/32", "2001:db8::/32", "2001:db8:5::1", "2001:db9::1"},
		{"Guest:" + strings.ToUpper(digest), "guest:" + digest, "", "192.0.2.7"},
		{"0.0.0.0/0", "", "", ""},
		{"guest:x", "", "", ""},
		{"example.org", "", "", ""},
		{digest, "", "", ""},
	} {
		t.Run(test.text, func(t *testing.T) {
			form, err := media.ParseBannedAddress(test.text)
			if form != test.form || (err != nil) != (test.form == "") {
				t.Errorf("%q: got %q, %v, want %q", test.text, form, err, test.form)
			}
			ban := media.AddressBan{Address: form}
			if test.shuts != "" && !ban.Shuts(netip.MustParseAddr(test.shuts), "") {
				t.Errorf("%q does not shut out %s", test.text, test.shuts)
			}
			if test.spare != "" && ban.Shuts(netip.MustParseAddr(test.spare), "") {
				t.Errorf("%q shuts out %s", test.text, test.spare)
			}
		})
	}
	if guest := (media.AddressBan{Address: "guest:" + digest}); !guest.Shuts(netip.MustParseAddr("192.0.2.7"), digest) {
		t.Error("the ban of a guest does not shut out the guest")
	}
}
