#!/bin/sh
# Makes the videos of this folder anew, with ffmpeg 5.1 (libx264, libx265,
# libvpx, libaom) and mkvmerge 74. Every video is 64x48 pixels and one second of
# ten frames with a key frame every five, unless its name or line says
# otherwise; sound is half a second.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

quiet="ffmpeg -nostdin -v error -y -fflags +bitexact"
x264="-c:v libx264 -preset ultrafast -bf 2 -g 5 -qp 40"
x265="-c:v libx265 -preset ultrafast -qp 40 -x265-params log-level=error:keyint=5:info=0 -tag:v hvc1"
vp8="-c:v libvpx -g 5 -deadline realtime -crf 50 -b:v 50k"
vp9="-c:v libvpx-vp9 -g 5 -deadline realtime -cpu-used 8 -crf 50 -b:v 0"
av1="-c:v libaom-av1 -g 5 -usage realtime -cpu-used 8 -crf 50"
aac="-c:a aac -b:a 16k"
opus="-c:a libopus -b:a 16k"

first="-movflags +faststart"
last=""
fragments="-movflags +frag_keyframe+empty_moov+default_base_moof"

# video NAME CODEC-OPTIONS [FILTER [RATE]]: the coded video alone
video() {
	$quiet -f lavfi -i "testsrc=size=64x48:rate=${4:-10}:duration=1" -vf "${3:-null}" -pix_fmt yuv420p $2 -flags:v +bitexact "$work/$1"
}
# sound NAME CODEC-OPTIONS
sound() {
	$quiet -f lavfi -i "sine=frequency=440:sample_rate=16000:duration=0.5" $2 -flags:a +bitexact "$work/$1"
}
# pack OUT VIDEO OPTIONS: the same coded video in its container
pack() {
	$quiet -i "$work/$2" -c copy -strict -2 $3 "$1"
}
# both OUT VIDEO SOUND OPTIONS
both() {
	$quiet -i "$work/$2" -i "$work/$3" -map 0:v -map 1:a -c copy -strict -2 $4 "$1"
}
# Degrees to turn decoded frames clockwise; this version of ffmpeg takes them
# counter-clockwise here.
turned() { echo "-metadata:s:v:0 rotate=$((360 - $1))"; }

sound aac.m4a "$aac"
sound opus.mka "$opus"

video h264.mkv "$x264"
video h264wide.mkv "$x264" setsar=4/3
video h264ntsc.mkv "$x264" null 30000/1001
both h264_first_sound.mp4 h264.mkv aac.m4a "$first"
pack h264_last_90.mp4 h264.mkv "$last $(turned 90)"
pack h264_fragments_180.mp4 h264.mkv "$fragments $(turned 180)"
pack h264_first_90_wide.mov h264wide.mkv "$first $(turned 90)"
pack h264_last_180.mov h264.mkv "$last $(turned 180)"
pack h264_fragments.mov h264.mkv "$fragments"
pack h264_last_ntsc.mp4 h264ntsc.mkv "$last"
pack h264.mkv h264.mkv ""
pack h264_wide.mkv h264wide.mkv ""
pack h264_live.mkv h264.mkv "-live 1"

# fragments of other kinds: the header with the first one; with the edit list;
# one a frame, with offsets that count from the fragment before
pack h264_fragments_behind_index.mp4 h264.mkv "-movflags +frag_keyframe"
pack h264_fragments_edited.mp4 h264.mkv "-movflags +frag_keyframe+delay_moov"
both h264_fragments_every_frame.mp4 h264.mkv aac.m4a "-movflags +frag_every_frame+empty_moov+omit_tfhd_offset+separate_moof"
# edit lists: an empty edit of half a second; 0.3 s into the media
$quiet -itsoffset 0.5 -i "$work/h264.mkv" -c copy h264_empty_edit.mp4
$quiet -ss 0.3 -i "$work/h264.mkv" -c copy h264_cut_edit.mp4

video hevc.mkv "$x265"
video hevcwide.mkv "$x265" setsar=4/3
pack hevc_first_270.mp4 hevc.mkv "-tag:v hvc1 $first $(turned 270)"
pack hevc_last_wide.mp4 hevcwide.mkv "-tag:v hvc1 $last"
both hevc_fragments_90_sound.mp4 hevc.mkv aac.m4a "-tag:v hvc1 $fragments $(turned 90)"
pack hevc_first.mov hevc.mkv "-tag:v hvc1 $first"
both hevc_last_270_sound.mov hevc.mkv aac.m4a "-tag:v hvc1 $last $(turned 270)"
pack hevc_fragments_180.mov hevc.mkv "-tag:v hvc1 $fragments $(turned 180)"
both hevc_sound.mkv hevc.mkv aac.m4a ""
pack hevc_live.mkv hevc.mkv "-live 1"

video vp8.webm "$vp8"
video vp8narrow.webm "$vp8" setsar=1/2
pack vp8.webm vp8.webm ""
pack vp8_narrow.webm vp8narrow.webm ""
both vp8_cues_first_sound.webm vp8.webm opus.mka "-cues_to_front 1"
$quiet -i "$work/vp8.webm" -i "$work/opus.mka" -map 0:v -map 1:a -c copy -live 1 -f webm - >vp8_live_sound.webm

video vp9.webm "$vp9"
video vp9narrow.webm "$vp9" setsar=1/2
pack vp9_first_180.mp4 vp9.webm "$first $(turned 180)"
pack vp9_last_270.mp4 vp9.webm "$last $(turned 270)"
pack vp9_fragments_narrow.mp4 vp9narrow.webm "$fragments"
both vp9_sound.webm vp9.webm opus.mka ""
pack vp9_live.webm vp9.webm "-live 1"

video av1.webm "$av1"
video av1wide.webm "$av1" setsar=4/3
pack av1_first_90_wide.mp4 av1wide.webm "$first $(turned 90)"
both av1_last_180_sound.mp4 av1.webm opus.mka "$last $(turned 180)"
pack av1_fragments_270.mp4 av1.webm "$fragments $(turned 270)"
pack av1_wide.webm av1wide.webm ""
pack av1_live.webm av1.webm "-live 1"

# by another writer: turned, cropped by 4 pixels on every side, shown larger
merge="mkvmerge -q --deterministic 1 --no-date --no-track-tags"
$merge --webm -o vp9_90.webm --projection-type 0:0 --projection-pose-roll 0:-90 "$work/vp9.webm"
$merge --webm -o vp9_270.webm --projection-type 0:0 --projection-pose-roll 0:90 "$work/vp9.webm"
$merge -o h264_cropped_sound.mkv --cropping 0:4,4,4,4 "$work/h264.mkv" "$work/aac.m4a"
$merge --webm -o vp8_shown_128x48.webm --display-dimensions 0:128x48 "$work/vp8.webm"

cp "$work/aac.m4a" sound.m4a
$quiet -i "$work/opus.mka" -c copy sound.webm
