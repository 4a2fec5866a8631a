//go:build !(planted && cgo)

package imaging

func plant([]byte) {}
