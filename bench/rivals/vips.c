/* One picture to a medium and a thumb with libvips, in process, on one thread.
 *
 *   vips IN OUT_MEDIUM OUT_THUMB MEDIUM_WIDTH THUMB_SIDE QUALITY TIMES
 *
 * Prints the CPU microseconds of each time, and at last the peak of resident
 * memory in kilobytes. The start of the library is not counted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <vips/vips.h>

static long cpu_us(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000L + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static long peak_kb(void)
{
	char line[256];
	long kb = 0;
	FILE *f = fopen("/proc/self/status", "r");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "VmHWM: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb;
}

static int save(VipsImage *m, const char *name, int quality)
{
	if (g_str_has_suffix(name, ".jpg"))
		return vips_jpegsave(m, name, "Q", quality, "subsample_mode", VIPS_FOREIGN_SUBSAMPLE_ON, NULL);
	if (g_str_has_suffix(name, ".webp"))
		return vips_webpsave(m, name, "Q", quality, NULL);
	if (g_str_has_suffix(name, ".avif"))
		return vips_heifsave(m, name, "Q", quality, "compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1, NULL);
	return vips_image_write_to_file(m, name, NULL);
}

static int derive(char **a)
{
	VipsImage *medium, *kept, *thumb;
	int width = atoi(a[4]), side = atoi(a[5]), quality = atoi(a[6]);

	if (vips_thumbnail(a[1], &medium, width, "height", VIPS_MAX_COORD, "size", VIPS_SIZE_DOWN, NULL))
		return -1;
	/* Kept in memory: the thumb is made of it and not of the file again. */
	kept = vips_image_copy_memory(medium);
	g_object_unref(medium);
	if (!kept || save(kept, a[2], quality))
		return -1;
	if (vips_thumbnail_image(kept, &thumb, side, "height", side, "crop", VIPS_INTERESTING_CENTRE, NULL))
		return -1;
	g_object_unref(kept);
	if (save(thumb, a[3], quality))
		return -1;
	g_object_unref(thumb);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 8 || VIPS_INIT(argv[0]))
		return 2;
	vips_concurrency_set(1);
	vips_cache_set_max(0);
	for (int i = atoi(argv[7]); i > 0; i--) {
		long before = cpu_us();
		if (derive(argv)) {
			fprintf(stderr, "%s", vips_error_buffer());
			return 1;
		}
		printf("%ld\n", cpu_us() - before);
	}
	printf("%ld\n", peak_kb());
	return 0;
}
