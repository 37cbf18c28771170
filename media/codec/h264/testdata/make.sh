#!/bin/sh
# Makes the streams of this folder that x264 writes (0.164, with ffmpeg 5.1 for
# what it gets to see), and sums.txt. A stream is one key frame of 64x48
# pixels, if its name or line does not say otherwise.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

quiet="ffmpeg -nostdin -v error -y"
source=mandelbrot=s=64x48:start_scale=0.3,noise=alls=12:all_seed=7

# picture NAME SOURCE [PIXEL-FORMAT]
picture() {
	$quiet -f lavfi -i "$2" -frames:v 1 -pix_fmt "${3:-yuv420p}" -f rawvideo "$work/$1.yuv"
}
# stream NAME PICTURE SIZE OPTIONS
stream() {
	x264 --quiet --demuxer raw --input-res "$3" --keyint 1 --no-psy --threads 1 $4 -o "$1" "$work/$2.yuv" 2>/dev/null
	# without the note in which x264 tells its options
	$quiet -i "$1" -frames:v 1 -c copy -bsf:v filter_units=remove_types=6 "$work/$1"
	mv "$work/$1" "$1"
}

picture plain $source
picture odd $(echo $source | sed s/64x48/50x38/)
picture noise "nullsrc=s=64x48,geq=random(1)*255:128:random(2)*255"
picture flat "color=gray:s=64x48"
picture gray $source gray
picture large mandelbrot=s=1920x1080:start_scale=0.3,noise=alls=3:all_seed=7
picture tall $(echo $source | sed s/64x48/32x160/)

baseline="--profile baseline"
main="--profile main"
cavlc="--profile high --no-cabac"
cabac="--profile high"

stream baseline.264 plain 64x48 "$baseline --qp 28"
stream baseline_cropped_50x38.264 odd 50x38 "$baseline --qp 24"
stream baseline_slices_filtered_apart.264 plain 64x48 "$baseline --qp 34 --threads 3 --sliced-threads"
stream baseline_slice_each_macroblock.264 plain 64x48 "$baseline --qp 30 --slice-max-mbs 1"
stream baseline_unfiltered.264 plain 64x48 "$baseline --qp 36 --no-deblock"
stream baseline_filtered_most.264 plain 64x48 "$baseline --qp 36 --deblock 6:6"
stream baseline_filtered_least.264 plain 64x48 "$baseline --qp 40 --deblock -6:-6"
stream baseline_chroma_offset.264 plain 64x48 "$baseline --qp 40 --chroma-qp-offset 12"
stream baseline_samples.264 noise 64x48 "$baseline --qp 1"
stream baseline_flat.264 flat 64x48 "$baseline --qp 51"
stream main_cabac.264 plain 64x48 "$main --qp 28"
stream main_cabac_fine.264 plain 64x48 "$main --qp 3"
stream main_cabac_coarse.264 plain 64x48 "$main --qp 45"
stream main_cabac_samples.264 noise 64x48 "$main --qp 1"
stream main_cabac_changing_qp.264 tall 32x160 "$main --crf 24 --aq-mode 2 --aq-strength 3"
stream main_cabac_slices.264 plain 64x48 "$main --qp 26 --slices 3 --constrained-intra"
stream main_cabac_interlaced_set.264 plain 64x48 "$main --qp 26 --fake-interlaced"
stream high_cavlc.264 plain 64x48 "$cavlc --qp 26"
stream high_cavlc_fine.264 plain 64x48 "$cavlc --qp 2"
stream high_cavlc_jvt_lists.264 plain 64x48 "$cavlc --qp 22 --cqm jvt"
stream high_cavlc_gray.264 gray 64x48 "$cavlc --qp 26 --input-csp i400 --output-csp i400"
stream high_cabac.264 plain 64x48 "$cabac --qp 26 --chroma-qp-offset -5"
stream high_cabac_only_8x8.264 tall 32x160 "$cabac --qp 30 --partitions i8x8"
stream high_cabac_own_lists.264 plain 64x48 "$cabac --qp 20 --cqm4iy 6,13,20,28,13,20,28,32,20,28,32,37,28,32,37,42 --cqm4ic 10,14,20,24,14,20,24,27,20,24,27,30,24,27,30,90"
stream high_cabac_gray.264 gray 64x48 "$cabac --qp 26 --input-csp i400 --output-csp i400"
stream high_cabac_full_range_of_colours_told.264 plain 64x48 "$cabac --qp 30 --range pc --sar 4:3 --colormatrix bt709"
stream high_cabac_cropped_by_16_at_left_and_top.264 plain 64x48 "$cabac --qp 30 --crop-rect 16,16,2,4"
stream high_cabac_1920x1080.264 large 1920x1080 "$cabac --crf 28"

for format in yuv422p yuv444p yuv420p10le yuv422p10le yuv444p10le gray10le; do
	picture $format $source $format
done
picture rgb "$source,hue=h=40" rgb24
picture odd444 $(echo $source | sed s/64x48/51x37/) yuv444p
picture odd422 $(echo $source | sed s/64x48/50x37/) yuv422p
for format in yuv422p yuv444p yuv420p10le yuv444p10le; do
	picture noise$format "nullsrc=s=64x48,geq=random(1)*255:random(2)*255:random(3)*255" $format
done
i422="--input-csp i422 --output-csp i422"
i444="--input-csp i444 --output-csp i444"
ten="--input-depth 10 --output-depth 10"

stream 422_cavlc.264 yuv422p 64x48 "$i422 --no-cabac --qp 26"
stream 422_cabac.264 yuv422p 64x48 "$i422 --qp 24 --chroma-qp-offset 4"
stream 422_cabac_fine.264 yuv422p 64x48 "$i422 --qp 2"
stream 422_samples.264 noiseyuv422p 64x48 "$i422 --qp 1"
stream 422_cropped_50x37.264 odd422 50x37 "$i422 --qp 28"
stream 422_lossless.264 yuv422p 64x48 "$i422 --qp 0"
stream 444_cavlc.264 yuv444p 64x48 "$i444 --no-cabac --qp 24"
stream 444_cabac.264 yuv444p 64x48 "$i444 --qp 22 --chroma-qp-offset -4"
stream 444_cabac_fine.264 yuv444p 64x48 "$i444 --qp 3"
stream 444_cabac_only_8x8.264 yuv444p 64x48 "$i444 --qp 30 --partitions i8x8"
stream 444_cabac_lists.264 yuv444p 64x48 "$i444 --qp 22 --cqm jvt"
stream 444_samples.264 noiseyuv444p 64x48 "$i444 --qp 1"
stream 444_cropped_51x37.264 odd444 51x37 "$i444 --qp 28"
stream 444_cavlc_lossless.264 yuv444p 64x48 "$i444 --qp 0 --no-cabac"
stream 444_cabac_lossless.264 yuv444p 64x48 "$i444 --qp 0"
stream 444_rgb.264 rgb 64x48 "--input-csp rgb --output-csp rgb --qp 22"
stream 444_rgb_lossless.264 rgb 64x48 "--input-csp rgb --output-csp rgb --qp 0"
stream 420_cavlc_lossless.264 plain 64x48 "--qp 0 --no-cabac"
stream 420_cabac_lossless.264 plain 64x48 "--qp 0"
stream gray_lossless.264 gray 64x48 "--qp 0 --input-csp i400 --output-csp i400"
stream 10_420_cavlc.264 yuv420p10le 64x48 "$ten --no-cabac --qp 26"
stream 10_420_cabac.264 yuv420p10le 64x48 "$ten --qp 24"
stream 10_420_fine.264 yuv420p10le 64x48 "$ten --qp 3"
stream 10_420_finest_cavlc.264 noiseyuv420p10le 64x48 "$ten --qp 1 --no-cabac"
stream 10_gray.264 gray10le 64x48 "$ten --qp 24 --input-csp i400 --output-csp i400"
stream 10_422_cavlc.264 yuv422p10le 64x48 "$ten $i422 --no-cabac --qp 26"
stream 10_422_cabac.264 yuv422p10le 64x48 "$ten $i422 --qp 24 --cqm jvt"
stream 10_444_cavlc.264 yuv444p10le 64x48 "$ten $i444 --no-cabac --qp 26"
stream 10_444_cabac.264 yuv444p10le 64x48 "$ten $i444 --qp 24 --slices 3"
stream 10_444_samples.264 noiseyuv444p10le 64x48 "$ten $i444 --qp 1"
stream 10_444_lossless.264 yuv444p10le 64x48 "$ten $i444 --qp 0"

# Frames whose pairs of macroblocks choose between frame and field. In some places
# the fields are of different light, in the others they are the same.
mixed="mandelbrot=s=80x96:start_scale=0.3,noise=alls=6:all_seed=7,format=yuv444p"
mixed="$mixed,geq='if(lt(mod(3*floor(X/16)+5*floor(Y/32),7),3),min(lum(X,Y)+50*mod(Y,2),255),lum(X,Y-mod(Y,2)))':cb(X\,Y):cr(X\,Y)"
for format in yuv420p yuv422p yuv444p gray yuv420p10le yuv422p10le yuv444p10le; do
	picture mixed$format "$mixed" $format
done
picture oddmixed "$mixed,crop=70:92:0:0"
# mbaff NAME PIXEL-FORMAT OPTIONS
mbaff() {
	stream "$1" mixed$2 80x96 "--interlaced $3"
}

mbaff mbaff_cavlc.264 yuv420p "--no-cabac --qp 28"
mbaff mbaff_cavlc_fine.264 yuv420p "--no-cabac --qp 14"
mbaff mbaff_cavlc_no_8x8.264 yuv420p "--no-cabac --no-8x8dct --qp 24 --no-deblock"
mbaff mbaff_cabac.264 yuv420p "--qp 28"
mbaff mbaff_cabac_fine.264 yuv420p "--qp 14"
mbaff mbaff_cabac_samples.264 yuv420p "--qp 1"
mbaff mbaff_cabac_no_8x8.264 yuv420p "--no-8x8dct --qp 24 --bff"
mbaff mbaff_cabac_filtered_most.264 yuv420p "--qp 38 --deblock 6:6"
mbaff mbaff_cabac_slices.264 yuv420p "--qp 30 --slices 3 --constrained-intra"
mbaff mbaff_cabac_slices_filtered_apart.264 yuv420p "--qp 36 --threads 2 --sliced-threads --deblock 6:6"
mbaff mbaff_cabac_changing_qp.264 yuv420p "--crf 24 --aq-mode 2 --aq-strength 3 --chroma-qp-offset 5"
mbaff mbaff_cabac_lossless.264 yuv420p "--qp 0"
mbaff mbaff_gray.264 gray "--qp 30 --input-csp i400 --output-csp i400"
stream mbaff_cropped_70x92.264 oddmixed 70x92 "--interlaced --qp 30 --cqm jvt"
mbaff 422_mbaff_cavlc.264 yuv422p "$i422 --no-cabac --qp 30"
mbaff 422_mbaff_cabac.264 yuv422p "$i422 --qp 30"
mbaff 444_mbaff_cavlc.264 yuv444p "$i444 --no-cabac --qp 30"
mbaff 444_mbaff_cabac.264 yuv444p "$i444 --qp 30"
mbaff 10_420_mbaff_cavlc.264 yuv420p10le "$ten --no-cabac --qp 30"
mbaff 10_420_mbaff_cabac.264 yuv420p10le "$ten --qp 28"
mbaff 10_422_mbaff_cabac.264 yuv422p10le "$ten $i422 --qp 32"
mbaff 10_444_mbaff_cabac.264 yuv444p10le "$ten $i444 --qp 34"

# What ffmpeg makes of each stream: the MD5 of its samples, Y, Cb, Cr. Its code
# for x86 rounds large scaling factors, so it must do without.
for f in *.264; do
	echo "$($quiet -cpuflags 0 -flags unaligned -i "$f" -frames:v 1 -f rawvideo - | md5sum | cut -c1-32) $f"
done >sums.txt
