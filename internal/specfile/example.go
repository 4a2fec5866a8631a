package specfile

import (
	"bytes"
	_ "embed"
)

//go:embed example.yaml
var example []byte

// Example is a spec to start from: every setting with a comment, at its default where it has one.
func Example() []byte { return bytes.Clone(example) }

//go:embed pairmill.schema.json
var schema []byte

// Schema is the spec's JSON Schema (draft 2020-12). It says what one value can be; what values mean together (a private
// seed without fetch.allow_private, min_chars above max_chars) only Validate knows.
func Schema() []byte { return bytes.Clone(schema) }
