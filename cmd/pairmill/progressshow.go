package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"pairmill/schemas"
)

// plainInterval is how often a line is logged where there is no terminal.
const plainInterval = 10 * time.Second

func (p *progress) addBar(stage schemas.Stage, items string, last bool) *mpb.Bar {
	options := []mpb.BarOption{
		mpb.PrependDecorators(decor.Name(string(stage), decor.WC{W: 8, C: decor.DindentRight}), decor.CountersNoUnit("%d / %d "+items, decor.WCSyncSpace)),
		mpb.AppendDecorators(decor.Percentage(decor.WCSyncSpace), decor.Name(" "), decor.Any(func(decor.Statistics) string { return p.rate(stage) })),
	}
	if last {
		options = append(options, mpb.BarExtender(mpb.BarFillerFunc(p.writeWaits), false))
	}
	return p.bars.AddBar(0, options...)
}

// writeWaits writes below the bars what the work waits for.
func (p *progress) writeWaits(w io.Writer, stat decor.Statistics) error {
	if stat.Aborted || stat.Completed {
		return nil
	}
	p.mu.Lock()
	lines := waitLines(p.waiting())
	p.mu.Unlock()
	lead := "waiting for"
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, fit(lead+" "+line, stat.AvailableWidth-1)); err != nil {
			return err
		}
		lead = strings.Repeat(" ", len(lead))
	}
	return nil
}

// waiting is what the work waits for, at most a second old. The caller holds the lock.
func (p *progress) waiting() schemas.Waits {
	if now := time.Now(); p.ask != nil && now.Sub(p.asked) >= time.Second {
		p.waits, p.asked = p.ask(mostCounted), now
	}
	return p.waits
}

// rate says how fast a stage is, what it drops and how long it will take.
func (p *progress) rate(stage schemas.Stage) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text(stage)
}

// text is rate's. The caller holds the lock.
func (p *progress) text(stage schemas.Stage) string {
	s := p.stages[stage]
	if s.started.IsZero() {
		return "waiting"
	}
	now := time.Now()
	rate := s.pace.perSecond(now, s.done)
	if p.over {
		rate = float64(s.done-s.before) / max(now.Sub(s.started).Seconds(), 0.001)
	}
	text := fmt.Sprintf("%.0f/s", rate)
	if s.bytes > 0 {
		text += fmt.Sprintf(", %.1f MB", float64(s.bytes)/1e6)
	}
	if s.dropped > 0 {
		text += fmt.Sprintf(", %d dropped", s.dropped)
	}
	if left := s.left(rate); left > 0 && !p.over {
		if stage == schemas.StageFetch {
			for _, x := range p.waiting().Slowest {
				left = max(left, millis(x.LeftMS)) // no shard ends before its slowest host does
			}
		}
		text += ", " + clock(left) + " left"
	}
	return text
}

// left is how long the rest takes at a rate; 0 = there is none, or nobody knows.
func (s *stageProgress) left(rate float64) time.Duration {
	if s.total <= s.done || rate < 0.01 {
		return 0
	}
	return time.Duration(float64(s.total-s.done) / rate * float64(time.Second))
}

// lines logs one line at an interval.
func (p *progress) lines() {
	tick := time.NewTicker(plainInterval)
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
			p.line()
		}
	}
}

func (p *progress) line() {
	attrs := []any{"run", p.run}
	p.mu.Lock()
	for _, s := range shown {
		if x, ok := p.stages[s.stage]; ok && (x.done > 0 || x.total > 0) {
			total := max(x.total, x.done)
			attrs = append(attrs, s.items, fmt.Sprintf("%d/%d %d%% (%s)", x.done, total, 100*x.done/total, p.text(s.stage)))
		}
	}
	if lines := waitLines(p.waiting()); len(lines) > 0 && !p.over {
		attrs = append(attrs, "waiting_for", strings.Join(lines, " | "))
	}
	p.mu.Unlock()
	if len(attrs) > 2 {
		p.log.Info("progress", attrs...)
	}
}

// close ends the showing.
func (p *progress) close() {
	close(p.stop)
	p.done.Wait()
	p.mu.Lock()
	p.over = true
	p.mu.Unlock()
	if p.bars == nil {
		p.line()
		return
	}
	for _, s := range p.stages {
		s.bar.Abort(false) // as it stands: a run that was interrupted has not reached its end
	}
	p.bars.Wait()
}
