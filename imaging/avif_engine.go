package imaging

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"sync"
	_ "unsafe" // for go:linkname

	_ "github.com/gen2brain/avif" // for libavif and libaom, compiled to WebAssembly
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// The package's own Decode lets its module take up to 4 GB, and prefers whatever libavif the system has. So only its
// module is used.
//
//go:linkname avifModule github.com/gen2brain/avif.decodeWasm
var avifModule []byte

// avifEngine is the compiled module. It has no state of its own: each picture gets an instance that dies with it.
type avifEngine struct {
	runtime wazero.Runtime
	module  wazero.CompiledModule
}

// openAVIF compiles for a third of a second, when the first AVIF comes; every Processor and Decode shares the result.
var openAVIF = sync.OnceValues(newAVIFEngine)

func newAVIFEngine() (*avifEngine, error) {
	z, err := gzip.NewReader(bytes.NewReader(avifModule))
	if err != nil {
		return nil, fmt.Errorf("avif module: %w", err)
	}
	code, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("avif module: %w", err)
	}
	ctx := context.Background()
	rt := wazero.NewRuntime(ctx)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, rt); err != nil {
		return nil, fmt.Errorf("avif module: %w", err)
	}
	module, err := rt.CompileModule(ctx, code)
	if err != nil {
		return nil, fmt.Errorf("avif module: %w", err)
	}
	return &avifEngine{rt, module}, nil
}

// memory is what one picture's instance may use: it gets no byte more, whatever the file makes the decoder believe.
type memory struct{ b []byte }

func (m *memory) Allocate(_, _ uint64) experimental.LinearMemory { return m }

// Reallocate is asked for a longer memory; nil makes the module's malloc return NULL.
func (m *memory) Reallocate(size uint64) []byte {
	if size > uint64(cap(m.b)) {
		return nil
	}
	m.b = m.b[:size]
	return m.b
}

func (m *memory) Free() {}
