#!/bin/sh
# Makes the videos that decoders are tested with, with ffmpeg 5.1: 64x64 pixels,
# two frames of four fields: red and green above, blue and white below.
set -eu
cd "$(dirname "$0")"
fields() {
	out=$1
	shift
	ffmpeg -nostdin -v error -y -fflags +bitexact \
		-f lavfi -i color=red:s=32x32:r=2:d=1 -f lavfi -i color=lime:s=32x32:r=2:d=1 \
		-f lavfi -i color=blue:s=32x32:r=2:d=1 -f lavfi -i color=white:s=32x32:r=2:d=1 \
		-filter_complex "xstack=inputs=4:layout=0_0|32_0|0_32|32_32,format=${format:-yuv420p}" \
		"$@" -flags:v +bitexact "$out"
}
fields h264.mp4 -c:v libx264 -preset ultrafast -bf 0 -g 1 -qp 24
fields hevc.mp4 -c:v libx265 -preset ultrafast -qp 24 -x265-params log-level=error:keyint=1:info=0 -tag:v hvc1
format=yuv420p10le fields hevc10.mp4 -c:v libx265 -preset ultrafast -qp 24 -x265-params log-level=error:keyint=1:info=0 -tag:v hvc1
fields vp8.webm -c:v libvpx -g 1 -crf 20 -b:v 200k
fields vp9.webm -c:v libvpx-vp9 -g 1 -crf 30 -b:v 0
fields av1.webm -c:v libaom-av1 -g 1 -usage realtime -cpu-used 8 -crf 30 -strict -2

# The same fields as still pictures, by libheif 1.15 and libjxl 0.7.
convert -size 64x64 xc:red -fill lime -draw 'rectangle 32,0 63,31' -fill blue -draw 'rectangle 0,32 31,63' \
	-fill white -draw 'rectangle 32,32 63,63' -depth 8 PNG24:fields.png
heif-enc -q 60 fields.png -o fields.heic
heif-enc -A -q 60 fields.png -o fields.avif
cjxl --quiet -d 1 fields.png fields.jxl
rm fields.png
