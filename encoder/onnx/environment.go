package onnx

import (
	"fmt"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// process is the ONNX Runtime that this process has loaded. It is package state because the library is: its binding
// keeps one library and one environment per process, which cannot be replaced while a session lives. Nothing else hangs
// on it; a load that went wrong leaves it empty, so that it can be tried again with another path.
var process struct {
	sync.Mutex
	library string
}

// startRuntime loads libonnxruntime unless that has been done. explicit is Config.Library.
func startRuntime(explicit string) error {
	process.Lock()
	defer process.Unlock()
	if process.library != "" && (explicit == "" || explicit == process.library) {
		return nil
	}
	library, err := LibraryPath(explicit)
	if err != nil {
		return err
	}
	if process.library != "" {
		return fmt.Errorf("this process has loaded %s and cannot load %s as well", process.library, library)
	}
	ort.SetSharedLibraryPath(library)
	// Errors come back as values; the library need not print them as well.
	if err := ort.InitializeEnvironment(ort.WithLogLevelFatal()); err != nil {
		return fmt.Errorf("loading %s (1.29 or newer is needed): %w", library, err)
	}
	process.library = library
	return nil
}
