#!/bin/sh
# Makes matrix.tar.gz with ffmpeg 5.1 (libx264, libx265, libvpx, libaom) and
# mkvtoolnix 74: a video of every codec, container, layout and rotation, called
# CODEC_LAYOUT_ROTATION.CONTAINER, and for every codec and rotation
# CODEC_ROTATION.png, which is what ffmpeg decodes of the frame at 0.2 s, turned
# by its filters. facts.tsv has what ffprobe tells of each video, but the rotation
# is that of its name: for some containers this ffprobe does not know it.
#
# Also deep_*: videos of ten bits, odd colours and so on, and their pictures.
#
# Every video is 64x48 pixels and a second of ten frames, every other a key frame.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
here=$PWD
cd "$work"

quiet="ffmpeg -nostdin -v error -y -fflags +bitexact"
source="testsrc=size=64x48:rate=10:duration=1"
soft="gblur=sigma=2"
x264="-c:v libx264 -preset ultrafast -bf 0 -g 2 -qp 38"
x265="-c:v libx265 -preset ultrafast -qp 38 -x265-params log-level=error:keyint=2:min-keyint=2:bframes=0:info=0 -tag:v hvc1"
vp8="-c:v libvpx -g 2 -deadline realtime -crf 30 -b:v 300k"
vp9="-c:v libvpx-vp9 -g 2 -deadline realtime -cpu-used 8 -crf 45 -b:v 0"
av1="-c:v libaom-av1 -g 2 -usage realtime -cpu-used 8 -crf 45"

# coded NAME CODEC-OPTIONS [PIXEL-FORMAT [FILTER [OPTIONS]]]
coded() {
	$quiet -f lavfi -i "$source" -vf "$soft${4:+,$4}" -pix_fmt "${3:-yuv420p}" $2 ${5:-} -strict -2 -flags:v +bitexact "$1"
}
# turned ROTATION: a filter that turns clockwise
turned() {
	case $1 in
	0) echo null ;;
	90) echo transpose=clock ;;
	180) echo hflip,vflip ;;
	270) echo transpose=cclock ;;
	esac
}
# reference NAME VIDEO FILTER: colours first, without guesses between the samples
# of chroma, and then the filter
reference() {
	$quiet -noautorotate -i "$2" -vf "select=eq(n\,2),scale=flags=accurate_rnd+neighbor,format=rgb24,$3" -frames:v 1 "$1"
}
fact() {
	ffprobe -v error -select_streams v:0 -show_entries stream=codec_name,width,height,avg_frame_rate:format=duration \
		-of default=noprint_wrappers=1:nokey=1 "$1" | tr '\n' '\t'
	echo "$1"
}

coded h264.mkv "$x264"
coded hevc.mkv "$x265"
coded vp8.webm "$vp8"
coded vp9.webm "$vp9"
coded av1.webm "$av1"
mkdir matrix

# movies CODEC FILE CONTAINERS
movies() {
	for rotation in 0 90 180 270; do
		reference "matrix/$1_$rotation.png" "$2" "$(turned $rotation)"
		for container in $3; do
			tag=
			[ "$1" = hevc ] && tag="-tag:v hvc1"
			# This version of ffmpeg takes degrees counter-clockwise here.
			meta="-metadata:s:v:0 rotate=$((360 - rotation))"
			name=matrix/$1_%s_$rotation.$container
			$quiet -i "$2" -c copy -strict -2 $tag $meta -movflags +faststart "$(printf $name first)"
			$quiet -i "$2" -c copy -strict -2 $tag $meta "$(printf $name last)"
			$quiet -i "$2" -c copy -strict -2 $tag $meta -movflags +frag_keyframe+empty_moov+default_base_moof "$(printf $name fragments)"
		done
	done
}
movies h264 h264.mkv "mp4 mov"
movies hevc hevc.mkv "mp4 mov"
movies vp9 vp9.webm mp4
movies av1 av1.webm mp4

# webm CODEC FILE: the index in front, behind, or none and no sizes either
webm() {
	for rotation in 0 90 180 270; do
		[ -f "matrix/$1_$rotation.png" ] || reference "matrix/$1_$rotation.png" "$2" "$(turned $rotation)"
		roll=-$rotation
		[ $rotation = 270 ] && roll=90
		name=matrix/$1_%s_$rotation.webm
		first=$(printf $name first) last=$(printf $name last) live=$(printf $name fragments)
		$quiet -i "$2" -c copy -cues_to_front 1 -metadata_header_padding 200 "$first"
		mkvpropedit -q "$first" --edit track:v1 --set projection-type=0 --set "projection-pose-roll=$roll"
		mkvmerge -q --webm --deterministic 1 --no-date --no-track-tags -o "$last" \
			--projection-type 0:0 --projection-pose-roll "0:$roll" "$2"
		if [ $rotation = 0 ]; then
			$quiet -i "$2" -c copy -live 1 -f webm "$live"
		else
			mkvmerge -q --webm --deterministic 1 --no-date --no-track-tags --no-cues --cluster-length 200ms -o "$live" \
				--projection-type 0:0 --projection-pose-roll "0:$roll" "$2"
		fi
	done
}
webm vp8 vp8.webm
webm vp9 vp9.webm
webm av1 av1.webm

for video in matrix/*.mp4 matrix/*.mov matrix/*.webm; do fact "$video"; done | sed 's#matrix/##' >matrix/facts.tsv

# deep NAME CODEC-OPTIONS PIXEL-FORMAT FILTER OPTIONS: what is odd about colours
deep() {
	coded "$1" "$2" "$3" "$4" "${5:-}"
	reference "matrix/${1%.*}.png" "$1" null
	mv "$1" matrix/
}
to709="scale=out_color_matrix=bt709:out_range=limited"
full="scale=out_color_matrix=bt601:out_range=full"
full709="scale=out_color_matrix=bt709:out_range=full"
tag709="-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv"
tagfull="-colorspace smpte170m -color_range pc"
tagfull709="-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range pc"
bare="-movflags -write_colr"
deep deep_h264_709.mp4 "$x264" yuv420p "$to709" "$tag709 $bare"
deep deep_h264_full.mp4 "$x264" yuvj420p "$full" "$tagfull $bare"
deep deep_h264_full709.mov "$x264" yuvj420p "$full709" "$tagfull709"
deep deep_hevc_709.mp4 "$x265" yuv420p "$to709" "$tag709 $bare"
deep deep_hevc_full.mp4 "$x265" yuvj420p "$full" "$tagfull $bare"
deep deep_hevc_10.mp4 "$x265" yuv420p10le "" ""
deep deep_hevc_10_709.mov "$x265" yuv420p10le "$to709" "$tag709"
deep deep_vp9_709.webm "$vp9" yuv420p "$to709" "$tag709"
deep deep_vp9_full.webm "$vp9" yuvj420p "$full" "$tagfull"
deep deep_vp9_10.webm "$vp9 -profile:v 2" yuv420p10le "" ""
deep deep_vp9_444.webm "$vp9 -profile:v 1" yuv444p "" ""
deep deep_av1_709.mp4 "$av1" yuv420p "$to709" "$tag709"
deep deep_av1_full.webm "$av1" yuvj420p "$full" "$tagfull"
deep deep_av1_10.mp4 "$av1" yuv420p10le "" ""
deep deep_h264_10.mp4 "$x264" yuv420p10le "" ""
# the first four frames black; nothing but black
$quiet -f lavfi -i "$source" -vf "$soft,drawbox=enable='lt(n,4)':color=black:t=fill" -pix_fmt yuv420p $x264 -flags:v +bitexact matrix/deep_h264_black.mp4
$quiet -i matrix/deep_h264_black.mp4 -vf "select=eq(n\,4)" -frames:v 1 -pix_fmt rgb24 matrix/deep_h264_black.png
$quiet -f lavfi -i "color=black:s=64x48:r=10:d=1" -pix_fmt yuv420p $x264 -flags:v +bitexact matrix/deep_h264_dark.mp4
$quiet -i matrix/deep_h264_dark.mp4 -frames:v 1 -pix_fmt rgb24 matrix/deep_h264_dark.png

rm -f "$here/matrix.tar.gz"
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C matrix -cf - . | gzip -9n >"$here/matrix.tar.gz"
