package report

import (
	"testing"

	"pairmill/schemas"
)

// What is equal in number stands in the order of names, so that two reports of one run are the same.
func TestReasonsStandInOneOrder(t *testing.T) {
	t.Parallel()
	counts := map[schemas.Reason]int64{
		schemas.Timeout: 2, schemas.HTTPGone: 2, schemas.ImageTruncated: 7, schemas.DNSError: 2, schemas.ConnectError: 2, schemas.TLSError: 1,
	}
	const want = "image_truncated 7, connect_error 2, dns_error 2, http_gone 2"
	for range 50 {
		if got := reasons(counts); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
}
