//go:build !amd64 || purego

package png

func restoreSub(row, filtered []byte, pixel int) { restoreSubGo(row, filtered, pixel) }

func restoreUp(row, filtered, above []byte) { restoreUpGo(row, filtered, above) }

func restoreAverage(row, filtered, above []byte, pixel int) {
	restoreAverageGo(row, filtered, above, pixel)
}

func restorePaeth(row, filtered, above []byte, pixel int) {
	restorePaethGo(row, filtered, above, pixel)
}
