package workers

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"pairmill/fetch"
	"pairmill/imaging"
	"pairmill/schemas"
	"pairmill/store"
)

// slow is Pictures that take a second each, and counts how many are in work.
type slow struct {
	now, most, done atomic.Int64
	err             error
}

func (s *slow) Process([]byte, ...imaging.Box) (imaging.Result, error) {
	s.most.Store(max(s.most.Load(), s.now.Add(1)))
	time.Sleep(time.Second)
	s.now.Add(-1)
	s.done.Add(1)
	return imaging.Result{Data: []byte("x")}, s.err
}

// working is a job in work on rows whose pictures have come.
func working(t *testing.T, rows int, decoder Pictures, pixels chan struct{}) *fetching {
	t.Helper()
	images, err := store.NewScratch(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { images.Close() })
	return &fetching{
		waits: newWaits(),
		run:   &Run{}, watch: Unwatched{}, candidates: make([]schemas.Candidate, rows), done: make([]outcome, rows),
		images: images, decoder: decoder, pixels: pixels, pictures: make(chan picture),
	}
}

func small(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// All jobs of a process together work on as many pictures at a time as it has places for.
func TestJobsShareThePlacesForPixels(t *testing.T) {
	t.Parallel()
	body := small(t)
	synctest.Test(t, func(t *testing.T) {
		const rows, places = 20, 2
		decoder, pixels := &slow{}, make(chan struct{}, places)
		var jobs sync.WaitGroup
		for range 3 {
			f := working(t, rows, decoder, pixels)
			jobs.Go(func() {
				g, ctx := errgroup.WithContext(t.Context())
				for range places {
					g.Go(func() error { return f.work(ctx) })
				}
				for i := range rows {
					if err := f.handOver(ctx, picture{[]int{i}, fetch.Response{Body: body}}); err != nil {
						t.Error(err)
					}
				}
				close(f.pictures)
				if err := g.Wait(); err != nil {
					t.Error(err)
				}
				for i := range f.done {
					if f.done[i].size != 1 || !f.done[i].row.Kept() {
						t.Errorf("row %d: %d bytes, %q", i, f.done[i].size, f.done[i].row.Reason)
					}
				}
			})
		}
		began := time.Now()
		jobs.Wait()
		if decoder.most.Load() != places || decoder.done.Load() != 3*rows || time.Since(began) != 3*rows/places*time.Second {
			t.Errorf("%d pictures, %d at a time, in %v", decoder.done.Load(), decoder.most.Load(), time.Since(began))
		}
	})
}

// What fails, or is broken off, holds up nobody.
func TestPixelsEndWithTheirJob(t *testing.T) {
	t.Parallel()
	body, broken := small(t), errors.New("no more processes")
	synctest.Test(t, func(t *testing.T) {
		f := working(t, 2, &slow{err: broken}, make(chan struct{}, 1))
		g, ctx := errgroup.WithContext(t.Context())
		g.Go(func() error { return f.work(ctx) })
		if err := f.handOver(ctx, picture{[]int{0}, fetch.Response{Body: body}}); err != nil {
			t.Error(err)
		}
		if err := f.handOver(ctx, picture{[]int{1}, fetch.Response{Body: body}}); !errors.Is(err, broken) {
			t.Errorf("after an error pictures are taken: %v", err)
		}
		if err := g.Wait(); !errors.Is(err, broken) || len(f.pixels) != 0 {
			t.Errorf("%v, and %d places are taken", err, len(f.pixels))
		}

		ctx, cancel := context.WithCancel(t.Context())
		f.pixels <- struct{}{} // another job's
		ended := make(chan error)
		go func() { ended <- f.work(ctx) }()
		if err := f.handOver(ctx, picture{[]int{1}, fetch.Response{Body: body}}); err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("waiting for a place ends with %v", err)
		}
	})
}
