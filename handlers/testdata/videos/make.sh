#!/bin/sh
# Makes the videos of this folder, with ffmpeg 5.1: red at the left, blue at the
# right, 128x64 pixels, in ways that few programs decode.
set -eu
cd "$(dirname "$0")"

# video NAME SIZE OPTIONS [FILTER]
video() {
	half="$(($2 / 2))x64"
	ffmpeg -nostdin -v error -y -f lavfi -i "color=red:s=$half:r=2:d=1[a];color=blue:s=$half:r=2:d=1[b];[a][b]hstack${4-}" \
		$3 -bitexact -movflags +faststart "$1"
}
video h264_rgb.mp4 128 "-c:v libx264rgb -qp 10"
video h264_444.mp4 128 "-c:v libx264 -pix_fmt yuv444p -qp 10"
video h264_444_lossless.mp4 128 "-c:v libx264 -pix_fmt yuv444p -qp 0"
video h264_422.mp4 128 "-c:v libx264 -pix_fmt yuv422p -qp 10"
video h264_10.mp4 128 "-c:v libx264 -pix_fmt yuv420p10le -qp 10"
video h264_422_10.mov 128 "-c:v libx264 -pix_fmt yuv422p10le -qp 10"
video h264_cropped_by_container.mp4 120 "-c:v libx264 -pix_fmt yuv420p -qp 10 -bsf:v h264_metadata=crop_right=0"
# every second row of the middle is lighter, so that some pairs of macroblocks are of fields
video h264_mbaff.mp4 128 "-c:v libx264 -pix_fmt yuv420p -qp 10 -flags +ilme+ildct" \
	",format=yuv420p,geq=lum='lum(X,Y)+60*between(X,48,79)*mod(Y,2)':cb='cb(X,Y)':cr='cr(X,Y)'"
