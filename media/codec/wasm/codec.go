//go:build nodynamic

package wasm

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"postern/media/codec/inflate"
)

// Codec is a codec in WebAssembly, compiled when it is first used. It is safe for
// concurrent use.
//
// The libraries that bring these codecs could run them as well. But they give
// a picture as much memory as it asks for, up to 4 GB, and one of them goes on
// with instances that have crashed and never frees them. Here each picture has
// an instance of its own, in bounded memory.
//
// A codec that has begun cannot be stopped: code that can be costs three
// times the CPU. Its picture is dropped when the context is done by then.
type Codec struct {
	compressed *[]byte // the module, gzipped

	mu      sync.RWMutex // held for reading while an instance runs
	cache   wazero.CompilationCache
	runtime wazero.Runtime
	module  wazero.CompiledModule
}

// The codecs that there are.
var (
	HEIC = Codec{compressed: &heicModule} // decodes
	JXL  = Codec{compressed: &jxlModule}  // decodes
	AVIF = Codec{compressed: &avifModule} // decodes and encodes
)

// Rest gives back the memory of codecs that nothing uses. It is for times when no
// picture is decoded: the next one waits until its codec is made ready again.
func Rest() {
	for _, d := range []*Codec{&HEIC, &JXL, &AVIF} {
		d.rest()
	}
}

func (d *Codec) rest() {
	if !d.mu.TryLock() {
		return
	}
	defer d.mu.Unlock()
	if d.runtime != nil {
		ctx := context.Background()
		_, _ = d.runtime.Close(ctx), d.cache.Close(ctx)
		d.runtime, d.cache, d.module = nil, nil, nil
	}
}

// hold makes the codec ready, and keeps it so until release is called.
func (d *Codec) hold(ctx context.Context) (release func(), err error) {
	for {
		d.mu.RLock()
		if d.module != nil {
			return d.mu.RUnlock, nil
		}
		d.mu.RUnlock()
		if err := d.compile(ctx); err != nil {
			return nil, err
		}
	}
}

// compile makes the codec ready if it is not yet.
func (d *Codec) compile(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.module != nil {
		return nil
	}
	code, err := inflated(*d.compressed)
	if err != nil {
		return err
	}
	cache, err := newCache()
	if err != nil {
		return err
	}
	config := wazero.NewRuntimeConfig().WithCoreFeatures(features).WithCompilationCache(cache).WithDebugInfoEnabled(false)
	ctx = context.WithoutCancel(ctx)
	runtime := wazero.NewRuntimeWithConfig(ctx, config)
	_, err = wasi_snapshot_preview1.Instantiate(ctx, runtime)
	if err == nil {
		d.module, err = runtime.CompileModule(ctx, code)
	}
	if err != nil {
		d.module = nil
		return errors.Join(err, runtime.Close(ctx), cache.Close(ctx))
	}
	d.runtime, d.cache = runtime, cache
	return nil
}

// inflated decompresses a file of gzip whose head has a name and nothing else, as the
// modules have it (RFC 1952). Every process that decodes a picture does so first, and
// compress/gzip takes three times as long.
func inflated(z []byte) ([]byte, error) {
	const head, tail, named = 10, 8, 1 << 3
	name := -1
	if len(z) > head+tail && z[3] == named {
		name = bytes.IndexByte(z[head:len(z)-tail], 0)
	}
	if name < 0 {
		return nil, gzip.ErrHeader
	}
	end := z[len(z)-tail:]
	code := make([]byte, binary.LittleEndian.Uint32(end[4:]))
	body := bytes.NewReader(z[head+name+1 : len(z)-tail])
	if _, err := io.ReadFull(inflate.NewReader(body, 1), code); err != nil {
		return nil, err
	}
	if crc32.ChecksumIEEE(code) != binary.LittleEndian.Uint32(end) {
		return nil, gzip.ErrChecksum
	}
	return code, nil
}

// features are those that the modules are compiled for.
const features = api.CoreFeaturesV2 | experimental.CoreFeaturesThreads

// instantiate starts an instance. Its memory, which the allocator of the context
// gives, may be too small for it to start.
func (d *Codec) instantiate(ctx context.Context) (m api.Module, err error) {
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, fmt.Errorf("%v", p)
		}
	}()
	return d.runtime.InstantiateModule(ctx, d.module, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
}

// ErrTrap means that an instance has crashed, or has found a fault in the picture.
var ErrTrap = errors.New("codec gave up")

// ErrMemory means that a codec wanted more memory than it may have.
var ErrMemory = errors.New("not enough memory for the codec")

// Run calls use with an instance that has at most so many bytes of memory. The
// error wraps ErrTrap when the picture is at fault, and ErrMemory when the instance
// has asked for more memory than that; any other is no fault of the picture.
func (d *Codec) Run(ctx context.Context, most int64, use func(*Instance) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	release, err := d.hold(ctx)
	if err != nil {
		return fmt.Errorf("compile the codec: %w", err)
	}
	defer release()
	memory := &boundedMemory{max: uint64(most)}
	ctx = experimental.WithMemoryAllocator(ctx, memory)
	m, err := d.instantiate(ctx)
	if memory.short {
		return fmt.Errorf("%w: %d bytes: it does not start: %w", ErrMemory, most, err)
	}
	if err != nil {
		return fmt.Errorf("start the codec: %w", err)
	}
	defer m.Close(context.WithoutCancel(ctx))
	err = use(&Instance{ctx: ctx, module: m})
	if errors.Is(err, ErrTrap) && memory.short {
		// Without ErrTrap: the picture may be sound.
		err = fmt.Errorf("%w: %d bytes: %v", ErrMemory, most, err)
	}
	return err
}

// Instance is a running codec. After the first error, which Err is, its methods do
// nothing.
type Instance struct {
	ctx    context.Context
	module api.Module
	Err    error
}

// Call calls a function of the codec and returns its result.
func (i *Instance) Call(name string, args ...uint64) uint32 {
	if i.Err != nil {
		return 0
	}
	results, err := i.module.ExportedFunction(name).Call(i.ctx, args...)
	switch {
	case i.ctx.Err() != nil: // nobody waits for the result any more
		i.Err = i.ctx.Err()
	case err != nil:
		i.Err = fmt.Errorf("%w: %w", ErrTrap, err)
	case len(results) > 0:
		return uint32(results[0])
	}
	return 0
}

// Alloc returns the address of so many bytes of the codec's memory, which
// nothing frees before its end.
func (i *Instance) Alloc(n int64) uint64 {
	at := i.Call("malloc", uint64(n))
	if at == 0 && i.Err == nil {
		i.Err = fmt.Errorf("%w: no memory for %d bytes", ErrTrap, n)
	}
	return uint64(at)
}

// Load reads a file into the codec's memory and returns its address.
func (i *Instance) Load(r io.Reader, size int64) uint64 {
	at := i.Alloc(size)
	b := i.Bytes(at, size)
	if i.Err == nil {
		_, i.Err = io.ReadFull(r, b)
	}
	return at
}

// Bytes returns a window into the codec's memory, valid until its next call.
func (i *Instance) Bytes(at uint64, n int64) []byte {
	if i.Err != nil {
		return nil
	}
	b, ok := i.module.Memory().Read(uint32(at), uint32(n))
	if !ok || n > 1<<32-1 {
		i.Err = fmt.Errorf("%w: %d bytes at %d are not there", ErrTrap, n, at)
	}
	return b
}

// Numbers reads so many numbers of 32 bits.
func (i *Instance) Numbers(at uint64, n int) []int {
	values := make([]int, n)
	for k := range values {
		if i.Err != nil {
			break
		}
		v, ok := i.module.Memory().ReadUint32Le(uint32(at) + uint32(4*k))
		if !ok {
			i.Err = fmt.Errorf("%w: no number at %d", ErrTrap, at)
		}
		values[k] = int(v)
	}
	return values
}
