package onnx

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// LibraryEnv names the environment variable that holds the path of libonnxruntime.
const LibraryEnv = "PAIRMILL_ORT_LIB"

// LibraryPath finds libonnxruntime, 1.29 or newer. It takes the first of
//
//  1. explicit, when not empty;
//  2. the environment variable PAIRMILL_ORT_LIB, when not empty;
//  3. pairmill/onnxruntime/ in os.UserCacheDir(), which make deps fills; the newest version there;
//  4. /usr/local/lib, /opt/onnxruntime/lib and the system's library folders.
//
// A path of 1 or 2 that is not there is an error: another library than the one asked for is never taken. The error for
// a missing library says what was tried.
func LibraryPath(explicit string) (string, error) {
	s := librarySearch{explicit: explicit, env: os.Getenv(LibraryEnv), pattern: "libonnxruntime.so*", system: []string{
		"/usr/local/lib", "/opt/onnxruntime/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"}}
	if runtime.GOOS == "darwin" {
		s.pattern, s.system = "libonnxruntime*.dylib", []string{"/opt/homebrew/lib", "/usr/local/lib"}
	}
	if cache, err := os.UserCacheDir(); err == nil {
		s.cache = filepath.Join(cache, "pairmill", "onnxruntime")
	}
	return s.find()
}

type librarySearch struct {
	explicit, env, cache string
	pattern              string
	system               []string
}

var errNoLibrary = errors.New("libonnxruntime was not found")

func (s librarySearch) find() (string, error) {
	for _, given := range []struct{ what, path string }{{"the configured", s.explicit}, {LibraryEnv, s.env}} {
		if given.path == "" {
			continue
		}
		if info, err := os.Stat(given.path); err != nil {
			return "", fmt.Errorf("%w: %s path: %w", errNoLibrary, given.what, err)
		} else if info.IsDir() {
			return "", fmt.Errorf("%w: %s path %s is a folder", errNoLibrary, given.what, given.path)
		}
		return given.path, nil
	}
	var tried []string
	for _, dir := range append([]string{s.cache}, s.system...) {
		if dir == "" {
			continue
		}
		pattern := filepath.Join(dir, s.pattern)
		if found := newest(pattern); found != "" {
			return found, nil
		}
		tried = append(tried, pattern)
	}
	return "", fmt.Errorf("%w; tried %s; get it with make deps, or set %s to its path", errNoLibrary,
		strings.Join(tried, ", "), LibraryEnv)
}

var digits = regexp.MustCompile(`[0-9]+`)

// newest is the matching file with the highest version in its name, or "".
func newest(pattern string) string {
	matches, err := filepath.Glob(pattern)
	if err != nil || len(matches) == 0 {
		return ""
	}
	return slices.MaxFunc(matches, func(a, b string) int {
		return cmp.Or(slices.Compare(version(a), version(b)), cmp.Compare(a, b))
	})
}

func version(path string) (v []int) {
	for _, d := range digits.FindAllString(filepath.Base(path), -1) {
		n, err := strconv.Atoi(d)
		if err != nil {
			return nil
		}
		v = append(v, n)
	}
	return v
}
