package nats

import (
	"testing"

	natsio "github.com/nats-io/nats.go"
)

func TestVerdict(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, status, reply string
		job, fails          bool
	}{
		{"job", "", "$JS.ACK.x", true, false},
		{"job that brought a header of that name", "408", "$JS.ACK.x", true, false},
		{"nothing there", "404", "", false, false},
		{"request expired", "408", "", false, false},
		{"nobody listens", "503", "", false, true},
		{"consumer deleted", "409", "", false, true},
	} {
		msg := &natsio.Msg{Reply: c.reply, Header: natsio.Header{"Status": {c.status}}}
		got, err := verdict(msg)
		if (got != nil) != c.job || (err != nil) != c.fails {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
}
