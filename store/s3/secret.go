package s3

import "fmt"

// Secret is a string that no formatting and no encoding shows.
type Secret string

// redacted stands where a secret would.
const redacted = "(secret)"

// Format implements fmt.Formatter, for every verb.
func (s Secret) Format(f fmt.State, _ rune) {
	if s != "" {
		fmt.Fprint(f, redacted)
	}
}

// MarshalText implements encoding.TextMarshaler, which JSON and structured logs use.
func (s Secret) MarshalText() ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	return []byte(redacted), nil
}
