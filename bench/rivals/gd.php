<?php
// One picture to a medium and a thumb with PHP's GD, the thumb from the
// original as galleries do it.
//
//   php gd.php IN OUT_MEDIUM OUT_THUMB MEDIUM_WIDTH THUMB_SIDE QUALITY TIMES
//
// Prints the CPU microseconds of each time, and at last the peak of resident
// memory in kilobytes. The start of PHP is not counted.
ini_set('memory_limit', '-1');
[, $in, $medium, $thumb, $width, $side, $quality, $times] = $argv;

function cpu_us(): int
{
    $u = getrusage();
    return ($u['ru_utime.tv_sec'] + $u['ru_stime.tv_sec']) * 1000000 + $u['ru_utime.tv_usec'] + $u['ru_stime.tv_usec'];
}

function save(GdImage $m, string $name, int $quality): void
{
    match (pathinfo($name, PATHINFO_EXTENSION)) {
        'jpg' => imagejpeg($m, $name, $quality),
        'png' => imagepng($m, $name),
        'gif' => imagegif($m, $name),
        'webp' => imagewebp($m, $name, $quality),
        'avif' => imageavif($m, $name, $quality),
    };
}

function scaled(GdImage $m, int $x, int $y, int $w, int $h, int $toW, int $toH): GdImage
{
    $to = imagecreatetruecolor($toW, $toH);
    imagealphablending($to, false);
    imagesavealpha($to, true);
    imagecopyresampled($to, $m, 0, 0, $x, $y, $toW, $toH, $w, $h);
    return $to;
}

while ($times-- > 0) {
    $before = cpu_us();
    $m = @imagecreatefromstring(file_get_contents($in));
    if (!$m) {
        exit(1);
    }
    [$w, $h] = [imagesx($m), imagesy($m)];
    $to = min($width, $w);
    save(scaled($m, 0, 0, $w, $h, $to, max(1, (int)round($h * $to / $w))), $medium, $quality);
    $cut = min($w, $h);
    save(scaled($m, intdiv($w - $cut, 2), intdiv($h - $cut, 2), $cut, $cut, $side, $side), $thumb, $quality);
    unset($m);
    echo cpu_us() - $before, "\n";
}
preg_match('/VmHWM:\s+(\d+)/', file_get_contents('/proc/self/status'), $m);
echo $m[1], "\n";
