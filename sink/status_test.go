package sink

import (
	"strings"
	"testing"

	"pairmill/schemas"
)

// The messages are those that img2dataset 1.47.0 on CPython 3.12 wrote about a server on the same machine.
func TestStatus(t *testing.T) {
	t.Parallel()
	const download, resize = StatusFailedToDownload, StatusFailedToResize
	for _, c := range []struct {
		row             schemas.Row
		status, message string
	}{
		{schemas.Row{HTTPStatus: 200}, "success", ""},
		{schemas.Row{Reason: "http_gone", HTTPStatus: 404}, download, "HTTP Error 404: Not Found"},
		{schemas.Row{Reason: "http_gone", HTTPStatus: 410}, download, "HTTP Error 410: Gone"},
		{schemas.Row{Reason: "http_forbidden", HTTPStatus: 403}, download, "HTTP Error 403: Forbidden"},
		{schemas.Row{Reason: "http_too_many", HTTPStatus: 429}, download, "HTTP Error 429: Too Many Requests"},
		{schemas.Row{Reason: "http_client_error", HTTPStatus: 418}, download, "HTTP Error 418: I'm a Teapot"},
		{schemas.Row{Reason: "http_client_error", HTTPStatus: 414}, download, "HTTP Error 414: Request-URI Too Long"},
		{schemas.Row{Reason: "http_server_error", HTTPStatus: 520}, download, "HTTP Error 520: "},
		{schemas.Row{Reason: "http_status", HTTPStatus: 304}, download, "HTTP Error 304: Not Modified"},
		{schemas.Row{Reason: "http_status", HTTPStatus: 204, Detail: "status 204"}, download, "http_status: status 204"},
		{schemas.Row{Reason: "challenge_page", HTTPStatus: 403}, download, "HTTP Error 403: Forbidden"},
		{schemas.Row{Reason: "challenge_page", HTTPStatus: 200, Detail: "d"}, download, "challenge_page: d"},
		{schemas.Row{Reason: "nxdomain", Detail: "look-up"}, download, "<urlopen error [Errno -2] Name or service not known>"},
		{schemas.Row{Reason: "connect_error", Detail: "dial: connect: connection refused"}, download, "<urlopen error [Errno 111] Connection refused>"},
		{schemas.Row{Reason: "connect_error", Detail: "read: read: connection reset by peer"}, download, "[Errno 104] Connection reset by peer"},
		{schemas.Row{Reason: "connect_error", Detail: "EOF"}, download, "Remote end closed connection without response"},
		{schemas.Row{Reason: "connect_error", Detail: "dial: odd"}, download, "connect_error: dial: odd"},
		{schemas.Row{Reason: "timeout", Detail: "the request took longer than 10s (timeout)"}, download, "timed out"},
		{schemas.Row{Reason: "timeout", Detail: "connecting to 192.0.2.1:80 took longer than 5s (connect timeout)"}, download, "<urlopen error timed out>"},
		{schemas.Row{Reason: "too_many_redirects", HTTPStatus: 302}, download, "HTTP Error 302: The HTTP server returned a redirect error that would lead to an infinite loop.\nThe last 30x error message was:\nFound"},
		{schemas.Row{Reason: "optout_header", HTTPStatus: 200, Detail: "noai"}, download, "Use of image disallowed by X-Robots-Tag directive"},
		{schemas.Row{Reason: "hash_mismatch", HTTPStatus: 200, Detail: "md5 is …"}, download, "hash mismatch"},
		{schemas.Row{Reason: "body_truncated", HTTPStatus: 200, Detail: "body: unexpected EOF"}, download, "body_truncated: body: unexpected EOF"},
		{schemas.Row{Reason: "content_unwanted", HTTPStatus: 200, Detail: "html"}, resize, "Image decoding error"},
		{schemas.Row{Reason: "image_too_small", Detail: "4 × 4"}, resize, "image too small"},
		{schemas.Row{Reason: "image_too_large"}, resize, "image area too large"},
		{schemas.Row{Reason: "image_aspect"}, resize, "aspect ratio too large"},
		{schemas.Row{Reason: "image_side_too_long", Detail: "70000×1"}, resize, "image_side_too_long: 70000×1"},
		{schemas.Row{Reason: "robots_disallowed"}, download, "robots_disallowed"},
	} {
		if status, message := Status(&c.row); status != c.status || message != c.message {
			t.Errorf("%+v: %s, %q, want %s, %q", c.row, status, message, c.status, c.message)
		}
	}
}

// Every reason has one of the two statuses of failure and a message, whatever else is known; those of pictures whose bytes
// came are failures to resize, and no others.
func TestStatusCoversReasons(t *testing.T) {
	t.Parallel()
	came := []schemas.Reason{schemas.BodyEmpty, schemas.ContentUnwanted, schemas.DecoderCrash, schemas.SVGUnsupported, schemas.LowSimilarity, schemas.DuplicateImage,
		schemas.FeaturesMissing}
	for _, r := range schemas.Reasons() {
		want := StatusFailedToDownload
		if strings.HasPrefix(string(r), "image_") {
			want = StatusFailedToResize
		}
		for _, c := range came {
			if r == c {
				want = StatusFailedToResize
			}
		}
		for _, code := range []int32{0, 200, 302, 404} {
			status, message := Status(&schemas.Row{Reason: string(r), HTTPStatus: code})
			if status != want || message == "" {
				t.Errorf("%s with HTTP status %d: %s, %q", r, code, status, message)
			}
		}
	}
}
