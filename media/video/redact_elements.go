package video

import "maps"

// within are the elements that are known to be harmless, by the element around
// them, and the bytes that they may have: RFC 9559, 5.1. What is in a cluster is
// told of the segment, as a cluster need not tell where it ends.
var within = map[uint32]map[uint32]int64{
	idEBML: merged(numbersOf(0x4286, 0x42f7, 0x42f2, 0x42f3, 0x4287, 0x4285), map[uint32]int64{idDocType: 16}),
	idSegment: merged(numbersOf(idTimestamp, idPosition, idPrevSize, idCRC32), map[uint32]int64{
		idSeekHead: master, idInfo: master, idTracks: master, idCues: master, idTags: master,
		idSimpleBlock: anything, idBlockGroup: master, idEncryptedBlock: anything,
	}),
	idSeekHead: {idSeek: master},
	idSeek:     numbersOf(idSeekID, idSeekPosition),
	// The segment's identifier, and the programs that wrote it.
	idInfo: merged(numbersOf(idTimestampScale, idDuration, idDateUTC), map[uint32]int64{
		idTitle: anything, 0x73a4: 16, 0x4d80: anything, 0x5741: anything,
	}),
	// Block, its additions (alpha), and the state of the codec.
	idBlockGroup: merged(numbersOf(idBlockDuration, idReferenceBlock, 0xfa, 0x75a2), map[uint32]int64{
		idBlock: anything, 0x75a1: anything, 0xa4: anything,
	}),
	idTracks: {idTrackEntry: master},
	// Flags, delays, scales, and languages of three letters.
	idTrackEntry: merged(numbersOf(idTrackNumber, idTrackType, idFlagEnabled, idDefaultDuration, 0x73c5, 0x88, 0x55aa, 0x55ab,
		0x55ac, 0x55ad, 0x55ae, 0x55af, 0x9c, 0x6de7, 0x6df8, 0x234e7a, 0x55ee, 0x56aa, 0x56bb, 0x23314f, 0xaa), map[uint32]int64{
		idCodecID: 64, idCodecPrivate: anything, idVideo: master, idAudio: master, idContentEncodings: anything,
		0x22b59c: 4, 0x22b59d: 5,
	}),
	// Interlacing, stereo, alpha, aspect, and colour.
	idVideo: merged(numbersOf(idPixelWidth, idPixelHeight, idPixelCropBottom, idPixelCropTop, idPixelCropLeft, idPixelCropRight,
		idDisplayWidth, idDisplayHeight, idDisplayUnit, 0x9a, 0x9d, 0x53b8, 0x53c0, 0x54b3, 0x2eb524, 0x2fb523), map[uint32]int64{
		0x55b0: anything, idProjection: anything,
	}),
	idAudio:             numbersOf(0xb5, 0x78b5, 0x9f, 0x6264, 0x52f1),
	idCues:              {idCuePoint: master},
	idCuePoint:          {idCueTime: 8, idCueTrackPositions: master},
	idCueTrackPositions: numbersOf(idCueTrack, idCueClusterPosition, 0xf0, 0xb2, 0x5378, 0xea),
	idSimpleTag:         {idTargets: master, idTagName: 64, idTagString: anything, 0x4484: 8},
	idTargets:           numbersOf(0x68ca, 0x63c5, 0x63c9, 0x63c4, 0x63c6),
}

// numbersOf lists elements that are numbers.
func numbersOf(ids ...uint32) map[uint32]int64 {
	const bytes = 8
	set := make(map[uint32]int64)
	for _, id := range ids {
		set[id] = bytes
	}
	return set
}

func merged(a, b map[uint32]int64) map[uint32]int64 {
	maps.Copy(a, b)
	return a
}
