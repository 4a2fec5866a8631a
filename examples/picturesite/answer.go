package picturesite

import (
	"fmt"
	"net/http"
	"strconv"
)

// answer is what the site has at one path, other than a page.
type answer struct {
	status    int // 0 = 200
	mediaType string
	robots    string // X-Robots-Tag
	location  string // of a redirect
	body      func() ([]byte, error)
}

// of is a body that is there already.
func of(b []byte) func() ([]byte, error) { return func() ([]byte, error) { return b, nil } }

// refusal is an answer with a status and a word.
func refusal(status int) answer {
	text := fmt.Sprintf("%d %s\n", status, http.StatusText(status))
	return answer{status: status, mediaType: "text/plain; charset=utf-8", body: of([]byte(text))}
}

func redirect(status int, to string) answer {
	a := refusal(status)
	a.location = to
	return a
}

// write sends the answer, with its length, so that nothing depends on chunking.
func (a answer) write(w http.ResponseWriter) {
	body, err := a.body()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.mediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if a.robots != "" {
		h.Set("X-Robots-Tag", a.robots)
	}
	if a.location != "" {
		h.Set("Location", a.location)
	}
	status := a.status
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the reader may have gone, which is its own affair
}
