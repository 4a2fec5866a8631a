// Package api is what a control plane and its clients say to each other over HTTP: the types of requests and answers, and
// the OpenAPI document that describes them. Times are RFC 3339 in UTC, durations are seconds, keys are those of the store.
//
// A field may be added to an answer at any time; none is taken away or changes its meaning under the path /v1.
package api

import (
	"bytes"
	_ "embed"
)

//go:embed openapi.json
var document []byte

// Document is the OpenAPI 3.1 description of the API.
func Document() []byte { return bytes.Clone(document) }
