package icc

import (
	"fmt"
	"math"
)

// maxXYZ is what 1 stands for where colours are connected by XYZ (6.3.4.2).
const maxXYZ = 1 + 32767.0/32768

// whiteD50 is the white of the connection space (7.2.16).
var whiteD50 = [3]float64{0.9642, 1, 0.8249}

// fromLab returns CIELAB as XYZ (CIE 15, 8.2.1.1).
func fromLab(l, a, b float64) (xyz [3]float64) {
	y := (l + 16) / 116
	for i, f := range [3]float64{y + a/500, y, y - b/200} {
		const edge = 6.0 / 29
		if f > edge {
			xyz[i] = f * f * f * whiteD50[i]
		} else {
			xyz[i] = 3 * edge * edge * (f - 4.0/29) * whiteD50[i]
		}
	}
	return xyz
}

// fromXYZ is the inverse of the primaries of sRGB as seen under D50 (IEC 61966-2-1,
// by the adaptation of annex E).
var fromXYZ = [3][3]float64{
	{3.1338561, -1.6168667, -0.4906146},
	{-0.9787684, 1.9161415, 0.0334540},
	{0.0719453, -0.2289914, 1.4052427},
}

// GreyCurve returns what each grey of a profile for grey is in sRGB. The error wraps
// ErrProfile.
func GreyCurve(profile []byte) (curve [256]byte, err error) {
	if len(profile) < headerBytes+4 || string(profile[16:20]) != "GRAY" {
		return curve, fmt.Errorf("%w: not for grey", ErrProfile)
	}
	light, _ := readCurve(tag(profile, "kTRC"))
	if light == nil {
		return curve, fmt.Errorf("%w: no curve", ErrProfile)
	}
	for v := range curve {
		curve[v] = byte(math.Round(255 * encoded(clamp(light(float64(v)/255)))))
	}
	return curve, nil
}

// toSRGB returns XYZ as a colour of sRGB; what lies outside of it is cut.
func toSRGB(xyz [3]float64) (rgb [3]uint16) {
	for i, row := range fromXYZ {
		light := clamp(row[0]*xyz[0] + row[1]*xyz[1] + row[2]*xyz[2])
		rgb[i] = uint16(math.Round(65535 * clamp(encoded(light))))
	}
	return rgb
}

// encoded gives light the curve of sRGB.
func encoded(light float64) float64 {
	if light <= 0.0031308 {
		return 12.92 * light
	}
	return 1.055*math.Pow(light, 1/2.4) - 0.055
}
