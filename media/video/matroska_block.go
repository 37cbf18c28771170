package video

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Identifiers of Matroska elements: RFC 9559, 5.1.3.
const (
	idTimestamp      = 0xe7
	idSimpleBlock    = 0xa3
	idBlockGroup     = 0xa0
	idBlock          = 0xa1
	idBlockDuration  = 0x9b
	idReferenceBlock = 0xfb
	idPosition       = 0xa7
	idPrevSize       = 0xab
	idSilentTracks   = 0x5854
	idEncryptedBlock = 0xaf
)

// Bits of a block's flags: RFC 9559, 10.
const (
	blockKey      = 0x80
	blockLacing   = 0x06
	lacingNone    = 0x00
	lacingXiph    = 0x02
	lacingFixed   = 0x04
	maxBlockTicks = maxMediaTime
)

// block is a block of a cluster, with one frame or several laced ones.
type block struct {
	track     uint64
	ticks     int64  // since the segment's start
	duration  uint64 // ticks; 0 when not told
	key       bool
	lacing    byte
	body, end int64 // file offsets of what follows the block's header
}

// eachBlock calls visit for every block from the cluster at off on, until it
// returns an error, which is returned unless it is errStop. Clusters are
// entered and never passed over, so that it does not matter whether they tell
// their size. An element that is cut off ends the walk.
func (s *segment) eachBlock(in *reader, off int64, visit func(block) error) error {
	var cluster uint64
	for off < s.end {
		e, err := in.element(off, s.end)
		if err != nil {
			return err
		}
		off = e.end
		switch {
		case e.id == idCluster:
			off, cluster = e.body, 0
			continue
		case e.id == idSegment || e.id == idEBML || e.cut:
			return nil
		case !mayStandBetweenBlocks(e.id) || e.unknown:
			return fmt.Errorf("%w: element %x among blocks at %d", ErrDamaged, e.id, e.start)
		}
		err = s.readClusterPart(in, e, &cluster, visit)
		if errors.Is(err, errStop) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("element %x at %d: %w", e.id, e.start, err)
		}
	}
	return nil
}

// mayStandBetweenBlocks tells the children of a segment and of a cluster.
func mayStandBetweenBlocks(id uint32) bool {
	switch id {
	case idTimestamp, idSimpleBlock, idBlockGroup, idPosition, idPrevSize, idSilentTracks, idEncryptedBlock,
		idSeekHead, idInfo, idTracks, idCues, idChapters, idAttachments, idTags, idVoid, idCRC32:
		return true
	}
	return false
}

func (s *segment) readClusterPart(in *reader, e element, cluster *uint64, visit func(block) error) error {
	switch e.id {
	case idTimestamp:
		return in.readUnsigned(e, cluster)
	case idSimpleBlock:
		b, err := readBlock(in, e, *cluster)
		if err != nil {
			return err
		}
		return visit(b)
	case idBlockGroup:
		b, ok, err := readBlockGroup(in, e, *cluster)
		if err != nil || !ok {
			return err
		}
		return visit(b)
	}
	return nil
}

// readBlock reads a block's header: RFC 9559, 10.1 and 10.2.
func readBlock(in *reader, e element, cluster uint64) (block, error) {
	h, err := in.bytes(e.body, min(12, e.end-e.body))
	if err != nil {
		return block{}, err
	}
	track, n := readVint(h, true)
	if n == 0 || len(h) < n+3 || cluster > maxBlockTicks {
		return block{}, fmt.Errorf("%w: block at %d", ErrDamaged, e.start)
	}
	ticks := int64(cluster) + int64(int16(binary.BigEndian.Uint16(h[n:])))
	flags := h[n+2]
	return block{
		track: track, ticks: ticks, key: flags&blockKey != 0, lacing: flags & blockLacing,
		body: e.body + int64(n) + 3, end: e.end,
	}, nil
}

// readBlockGroup reads the block in a group. One that refers to no other is a
// key frame.
func readBlockGroup(in *reader, group element, cluster uint64) (b block, ok bool, err error) {
	key, duration := true, uint64(0)
	for e, err := range in.elements(group) {
		if err != nil {
			return block{}, false, err
		}
		switch e.id {
		case idBlock:
			b, err = readBlock(in, e, cluster)
			ok = true
		case idBlockDuration:
			err = in.readUnsigned(e, &duration)
		case idReferenceBlock:
			key = false
		}
		if err != nil {
			return block{}, false, err
		}
	}
	b.key, b.duration = key, duration
	return b, ok, nil
}
