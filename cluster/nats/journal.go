package nats

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"pairmill/cluster"
)

const (
	journalEvery  = 200 * time.Millisecond // how long a line may wait for others: one write to the server's disk takes them all
	journalBuffer = 4 << 20                // bytes of lines that wait for the server, of a process
	journalLast   = 2 * time.Second        // for the lines that wait when the queue is closed
)

// journal gathers lines and sends them in batches. It has a goroutine from its first line on.
type journal struct {
	q    *Queue
	more chan struct{} // has a value when there may be lines

	mu      sync.Mutex // guards what follows
	started bool
	ended   bool
	lines   []natsio.Msg
	bytes   int
	dropped map[string]int // by run
}

func newJournal(q *Queue) *journal {
	return &journal{q: q, more: make(chan struct{}, 1), dropped: map[string]int{}}
}

// Note adds a line, or drops it when many wait already.
func (m *Medium) Note(e cluster.Entry) { m.journal.add(e.Fit()) }

func (j *journal) add(e cluster.Entry) {
	msg, err := logLine(e)
	if err != nil {
		j.q.log.warn("nats", err)
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.begin() || j.bytes+len(msg.Data) > journalBuffer {
		j.dropped[e.Run]++
		return
	}
	if n := j.dropped[e.Run]; n > 0 {
		if notice, err := logLine(cluster.Dropped(n, e)); err == nil {
			delete(j.dropped, e.Run)
			j.push(notice)
		}
	}
	j.push(msg)
	select {
	case j.more <- struct{}{}:
	default:
	}
}

// begin starts the goroutine, and tells whether there is one. The caller holds mu.
func (j *journal) begin() bool {
	if j.started {
		return !j.ended
	}
	j.started = true
	life, done, err := j.q.begin(context.Background())
	if err != nil {
		j.ended = true
		return false
	}
	go func() {
		defer done()
		j.run(life)
	}()
	return true
}

func (j *journal) push(msg natsio.Msg) {
	j.lines = append(j.lines, msg)
	j.bytes += len(msg.Data)
}

func logLine(e cluster.Entry) (natsio.Msg, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return natsio.Msg{}, fmt.Errorf("encode a line of job %s: %w", e.Job, err)
	}
	return natsio.Msg{Subject: logSubject(e.Run, e.Job), Data: body}, nil
}

// run sends what there is every journalEvery, until life ends; then once more.
func (j *journal) run(life context.Context) {
	for life.Err() == nil {
		select {
		case <-j.more:
		case <-life.Done():
		}
		t := time.NewTimer(journalEvery)
		select {
		case <-t.C:
			j.send(life)
		case <-life.Done():
			t.Stop()
		}
	}
	j.mu.Lock()
	j.ended = true
	j.mu.Unlock()
	last, cancel := context.WithTimeout(context.Background(), journalLast)
	defer cancel()
	j.send(last)
}

// send stores the lines that wait, a batch at a time. A batch stays in its place until the server has it.
func (j *journal) send(ctx context.Context) {
	for {
		batch := j.first()
		if len(batch) == 0 {
			return
		}
		err := j.q.persist(ctx, fmt.Sprintf("store %d log lines", len(batch)), func(ctx context.Context) error {
			return j.q.making(ctx, func(ctx context.Context) error { return j.store(ctx, batch) })
		})
		if ctx.Err() != nil && err != nil {
			return
		}
		if err != nil { // the server will not have them: their number stays
			j.q.log.warn("nats", err)
		}
		j.drop(len(batch))
	}
}

func (j *journal) first() []natsio.Msg {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines[:min(len(j.lines), maxBatch)]
}

func (j *journal) drop(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, msg := range j.lines[:n] {
		j.bytes -= len(msg.Data)
	}
	clear(j.lines[:n])
	j.lines = j.lines[n:]
}

// store sends one batch. The messages are copied: sending alters them.
func (j *journal) store(ctx context.Context, batch []natsio.Msg) error {
	if len(batch) < minBatch {
		for _, m := range batch {
			if _, err := j.q.store(ctx, &natsio.Msg{Subject: m.Subject, Data: m.Data, Header: natsio.Header{}}); err != nil {
				return err
			}
		}
		return nil
	}
	msgs := make([]*natsio.Msg, len(batch))
	for i, m := range batch {
		msgs[i] = &natsio.Msg{Subject: m.Subject, Data: m.Data, Header: natsio.Header{}}
	}
	_, err := jetstreamext.PublishMsgBatch(ctx, j.q.js, msgs)
	return err
}

// logSubject names a run and a job in a subject. What cannot stand there is written as =XX.
func logSubject(run, job string) string { return "log." + token(run) + "." + token(job) }

func token(s string) string {
	if s == "" {
		return "-"
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}

// Lines lists those of a run, or of one job.
func (m *Medium) Lines(ctx context.Context, run, job string) iter.Seq2[cluster.Entry, error] {
	return func(yield func(cluster.Entry, error) bool) {
		ctx, done, err := m.q.begin(ctx)
		if err != nil {
			yield(cluster.Entry{}, err)
			return
		}
		defer done()
		subject := "log." + token(run) + ".*"
		if job != "" {
			subject = logSubject(run, job)
		}
		last, err := m.q.lastSequence(ctx, logStream)
		if err != nil || last == 0 {
			if err != nil {
				yield(cluster.Entry{}, err)
			}
			return
		}
		for msg, err := range m.q.read(ctx, logStream, subject, last) {
			var e cluster.Entry
			if err == nil && json.Unmarshal(msg.Data, &e) != nil {
				e = cluster.Entry{Time: msg.Time.UTC(), Run: run, Job: job, Text: strings.ToValidUTF8(string(msg.Data), "\uFFFD")}
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// lastSequence is the newest message of a stream; 0 when it is empty or missing.
func (q *Queue) lastSequence(ctx context.Context, stream string) (last uint64, err error) {
	err = q.persist(ctx, "look at stream "+stream, func(ctx context.Context) error {
		s, err := q.js.Stream(ctx, stream)
		if err == nil {
			last = s.CachedInfo().State.LastSeq
		}
		return q.absent(ctx, stream, err)
	})
	return last, err
}
