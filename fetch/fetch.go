package fetch

import (
	"net/http"
	"time"

	"pairmill/schemas"
)

// Kind says what is asked for; it decides the size limit, the Accept header, and what an opt-out does.
type Kind int

// The three kinds of request. They share one Pacer, one guard and one retry rule.
const (
	Image  Kind = iota // an X-Robots-Tag that forbids use drops it; bytes are delivered whatever they claim to be
	Page               // HTML only; an X-Robots-Tag is reported in OptOut and the page is delivered all the same
	Robots             // /robots.txt: not itself subject to robots.txt, cut at 500 KiB instead of refused
)

// String names the kind as messages do.
func (k Kind) String() string {
	switch k {
	case Image:
		return "image"
	case Page:
		return "page"
	case Robots:
		return "robots.txt"
	}
	return "unknown kind"
}

// Request is one URL to get.
type Request struct {
	URL    string // absolute http(s); normalised again by Get, so that nothing else is ever requested
	Kind   Kind
	Follow bool // follow redirects. Without it a redirect is an outcome: no Reason, no Body, Location set
	Hold   bool // count the body against MaxBuffered until Response.Release, not only while it is read
	Had    Had  // an earlier answer, so that the server can say that it would be the same; the zero Had is none

	pending *pending // where Get notes how far it is
}

// Had is what an earlier answer said of itself (RFC 9110, section 8.8).
type Had struct {
	URL      string // that answered, all redirects followed: of another the validators say nothing
	ETag     string
	Modified string // Last-Modified
}

// Response is what became of a Request. Exactly one of four holds: Reason is set (dropped), Location is set (a
// redirect that was not followed), Unchanged is set, or Body holds at least one byte.
type Response struct {
	URL      string      // as asked, normalised where it parses
	FinalURL string      // the last URL requested; equals URL without redirects
	Status   int         // of the last answer; 0 when there was none
	Header   http.Header // of the last answer; nil when there was none. Content-Encoding is already undone
	Body     []byte      // decoded, at most the kind's limit; nil when Reason or Location is set
	Location string      // normalised absolute target of a redirect that was not followed

	Unchanged bool // the answer would be the one that Request.Had tells of

	Reason schemas.Reason // why there is no body; empty = kept
	Detail string         // at most 1 KB: what happened, and for a limit its value and its setting
	OptOut string         // the header and its words that forbid use: "X-Robots-Tag: noai"; empty = none

	Redirects int           // followed
	Requests  int           // sent for this URL: tries and redirects, robots.txt not counted
	Started   time.Time     // when Get was called
	Waited    time.Duration // in the Pacer, for robots.txt and name look-ups, in back-off and at the memory gate
	Took      time.Duration // everything else: on the wire
	Address   string        // IP address and port of the last answer; empty when nothing was dialled

	share *share // what Body holds of MaxBuffered
}

// Release says that Body is done with, for a Request that asked to Hold it: until then its bytes count, so that what
// waits to be worked on is bounded together with what is being read. After it nothing may look at them: the next body comes
// into the same memory. Releasing again, or without a body, does nothing. Whoever holds a body must not wait for another Get
// before releasing it.
func (r *Response) Release() {
	if r.share != nil {
		r.share.recycle()
		r.share, r.Body = nil, nil
	}
}

// letGo gives the body to the caller for good.
func (r *Response) letGo() {
	if r.share != nil {
		r.share.release()
		r.share = nil
	}
}
