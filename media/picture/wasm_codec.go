//go:build nodynamic

package picture

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// decoder is a decoder in WebAssembly, compiled when it is first used. It is
// safe for concurrent use.
//
// The libraries that bring these decoders could run them as well. But they give
// a picture as much memory as it asks for, up to 4 GB, and one of them goes on
// with instances that have crashed and never frees them. Here each picture has
// an instance of its own, in bounded memory.
//
// A decoder that has begun cannot be stopped: code that can be costs three
// times the CPU. Its picture is dropped when the context is done by then.
type decoder struct {
	compressed *[]byte // the module, gzipped
	once       sync.Once
	runtime    wazero.Runtime
	module     wazero.CompiledModule
	err        error
}

func (d *decoder) compile() error {
	d.once.Do(func() { d.err = d.compileOnce(context.Background()) })
	return d.err
}

func (d *decoder) compileOnce(ctx context.Context) error {
	z, err := gzip.NewReader(bytes.NewReader(*d.compressed))
	if err != nil {
		return err
	}
	code, err := io.ReadAll(z)
	if err != nil {
		return err
	}
	d.runtime = wazero.NewRuntime(ctx)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, d.runtime); err != nil {
		return err
	}
	d.module, err = d.runtime.CompileModule(ctx, code)
	return err
}

// errTrap means that an instance has crashed, or that its memory was too small.
var errTrap = errors.New("decoder gave up")

// run calls use with an instance that has at most so many bytes of memory. An
// error that wraps errTrap is the fault of the picture, any other is not.
func (d *decoder) run(ctx context.Context, most int64, use func(*instance) error) error {
	if err := d.compile(); err != nil {
		return fmt.Errorf("compile the decoder: %w", err)
	}
	memory := &boundedMemory{most: uint64(most)}
	ctx = experimental.WithMemoryAllocator(ctx, memory)
	m, err := d.runtime.InstantiateModule(ctx, d.module, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
	if err != nil {
		return fmt.Errorf("start the decoder: %w", err)
	}
	defer m.Close(context.WithoutCancel(ctx))
	return use(&instance{ctx: ctx, module: m})
}

// instance is a running decoder. After the first error its methods do nothing.
type instance struct {
	ctx    context.Context
	module api.Module
	err    error
}

// call calls a function of the decoder and returns its result.
func (i *instance) call(name string, args ...uint64) uint32 {
	if i.err != nil {
		return 0
	}
	results, err := i.module.ExportedFunction(name).Call(i.ctx, args...)
	switch {
	case i.ctx.Err() != nil: // nobody waits for the result any more
		i.err = i.ctx.Err()
	case err != nil:
		i.err = fmt.Errorf("%w: %w", errTrap, err)
	case len(results) > 0:
		return uint32(results[0])
	}
	return 0
}

// alloc returns the address of so many bytes of the decoder's memory, which
// nothing frees before its end.
func (i *instance) alloc(n int64) uint64 {
	at := i.call("malloc", uint64(n))
	if at == 0 && i.err == nil {
		i.err = fmt.Errorf("%w: no memory for %d bytes", errTrap, n)
	}
	return uint64(at)
}

// load reads a file into the decoder's memory and returns its address.
func (i *instance) load(r io.Reader, size int64) uint64 {
	at := i.alloc(size)
	b := i.bytes(at, size)
	if i.err == nil {
		_, i.err = io.ReadFull(r, b)
	}
	return at
}

// bytes returns a window into the decoder's memory, valid until its next call.
func (i *instance) bytes(at uint64, n int64) []byte {
	if i.err != nil {
		return nil
	}
	b, ok := i.module.Memory().Read(uint32(at), uint32(n))
	if !ok || n > 1<<32-1 {
		i.err = fmt.Errorf("%w: %d bytes at %d are not there", errTrap, n, at)
	}
	return b
}

// numbers reads so many numbers of 32 bits.
func (i *instance) numbers(at uint64, n int) []int {
	values := make([]int, n)
	for k := range values {
		if i.err != nil {
			break
		}
		v, ok := i.module.Memory().ReadUint32Le(uint32(at) + uint32(4*k))
		if !ok {
			i.err = fmt.Errorf("%w: no number at %d", errTrap, at)
		}
		values[k] = int(v)
	}
	return values
}

// boundedMemory is the memory of one instance. A decoder that asks for more is
// told that there is none.
type boundedMemory struct {
	most uint64
	buf  []byte
}

// Allocate implements experimental.MemoryAllocator.
func (m *boundedMemory) Allocate(capacity, _ uint64) experimental.LinearMemory {
	m.buf = make([]byte, 0, min(capacity, m.most))
	return m
}

// Reallocate implements experimental.LinearMemory.
func (m *boundedMemory) Reallocate(size uint64) []byte {
	if size > m.most {
		return nil
	}
	if size > uint64(cap(m.buf)) {
		grown := make([]byte, size, min(m.most, max(size, 3*uint64(cap(m.buf))/2)))
		copy(grown, m.buf)
		m.buf = grown
	}
	m.buf = m.buf[:size]
	return m.buf
}

// Free implements experimental.LinearMemory.
func (m *boundedMemory) Free() { m.buf = nil }
