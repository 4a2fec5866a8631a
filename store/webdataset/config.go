package webdataset

import "errors"

// Config bounds what reading takes. The zero Config has the defaults.
type Config struct {
	// MaxMember is the largest content of one member, in bytes; default 64 MiB. A larger one ends the reading with
	// ErrLimit, before it is read.
	MaxMember int64

	// MaxSample is the most memory one sample may take, in bytes: its contents, its names and 512 for each member;
	// default 256 MiB. A larger one ends the reading with ErrLimit.
	MaxSample int64
}

// ErrLimit marks what was larger than the Config allows.
var ErrLimit = errors.New("over the limit")

func (c Config) withDefaults() Config {
	if c.MaxMember <= 0 {
		c.MaxMember = 64 << 20 // above any photograph worth training on, below what hurts a small machine
	}
	if c.MaxSample <= 0 {
		c.MaxSample = 256 << 20 // a picture, its text and some variants of it; one key without end is an attack
	}
	return c
}
