package specfile

import (
	"bytes"
	_ "embed"
)

//go:embed example.yaml
var example []byte

// Example is a crawl to start from: every setting with a comment, at its default where it has one. What excludes something
// in it, such as the other sources, is commented out.
func Example() []byte { return bytes.Clone(example) }

//go:embed pairmill.schema.json
var schema []byte

// Schema is the spec's JSON Schema (draft 2020-12). It says what one value can be; what values mean together (a private
// seed without fetch.allow_private, a delivery without a list) only Validate knows.
func Schema() []byte { return bytes.Clone(schema) }
