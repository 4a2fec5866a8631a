package nats

import (
	"errors"
	"testing"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func TestVerdict(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, status, words, reply string
		want                       error
		fails, missing             bool
	}{
		{"job", "", "", "$JS.ACK.x", nil, false, false},
		{"job that brought a header of that name", "408", "", "$JS.ACK.x", nil, false, false},
		{"nothing there", "404", "No Messages", "", errNothing, true, false},
		{"request expired", "408", "Request Timeout", "", errNothing, true, false},
		{"others wait", "408", "Requests Pending", "", errNothing, true, false},
		{"nobody listens", "503", "", "", natsio.ErrNoResponders, true, true},
		{"consumer deleted", "409", "Consumer Deleted", "", jetstream.ErrConsumerNotFound, true, true},
		{"another leader", "409", "Leadership Change", "", errLeader, true, false},
		{"server ends", "409", "Server Shutdown", "", errLeader, true, false},
		{"too many", "409", "Exceeded MaxWaiting", "", nil, true, false},
	} {
		msg := &natsio.Msg{Reply: c.reply, Header: natsio.Header{"Status": {c.status}, "Description": {c.words}}}
		err := verdict(msg)
		if (err != nil) != c.fails || c.want != nil && !errors.Is(err, c.want) || missing(err) != c.missing {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
