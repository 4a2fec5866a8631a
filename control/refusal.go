package control

import (
	"fmt"
	"net/http"
)

// Refusal is why something that was asked for is not done, in words for whoever asked. Status is the HTTP status that says
// it: 400 for what can never be done, 404 for what is not there, 409 for what is in the way.
type Refusal struct {
	Status int
	Text   string
}

func (r *Refusal) Error() string { return r.Text }

func invalid(format string, args ...any) error {
	return &Refusal{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

func absent(format string, args ...any) error {
	return &Refusal{http.StatusNotFound, fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) error {
	return &Refusal{http.StatusConflict, fmt.Sprintf(format, args...)}
}
