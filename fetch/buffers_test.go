package fetch

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"

	"pairmill/internal/testutil"
)

func TestBufferSizes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ bytes, want int64 }{
		{1, 4 << 10}, {4 << 10, 4 << 10}, {4<<10 + 1, 5 << 10}, {32 << 10, 32 << 10}, {32<<10 + 1, 40 << 10}, {40<<10 + 1, 48 << 10},
		{200_000, 224 << 10}, {16 << 20, 16 << 20}, {16<<20 + 1, 16<<20 + 1}, {32<<20 + 1, 32<<20 + 1},
	} {
		if got := bufferSize(c.bytes); got != c.want {
			t.Errorf("bufferSize(%d) = %d, want %d", c.bytes, got, c.want)
		}
	}
	places := map[int]int64{}
	for n := int64(1); n < 3*mostBuffer; n += 1 + n/64 {
		size := bufferSize(n)
		if size < n || size > max(leastBuffer, n+n/4+1) || bufferSize(size) != size {
			t.Fatalf("bufferSize(%d) = %d, and of that %d", n, size, bufferSize(size))
		}
		i, ok := bufferIndex(size)
		if ok != (size <= mostBuffer) || i >= bufferSizes {
			t.Fatalf("bufferIndex(%d) = %d, %v", size, i, ok)
		}
		if ok && places[i] != 0 && places[i] != size {
			t.Fatalf("buffers of %d and of %d bytes share a place", size, places[i])
		}
		places[i] = size
	}
	if len(places) != bufferSizes {
		t.Errorf("%d places of %d", len(places), bufferSizes)
	}
}

func TestBuffersComeBack(t *testing.T) {
	t.Parallel()
	var b buffers
	first, second := b.get(200_000), b.get(200_000)
	b.put(first)
	b.put(second)
	b.put(make([]byte, 0, 1000)) // none of these sizes
	b.put(nil)
	if b.bytes != 2*224<<10 {
		t.Errorf("%d bytes are kept", b.bytes)
	}
	if got := b.get(220_000); len(got) != 0 || &got[:1][0] != &second[:1][0] {
		t.Error("the one that came back last does not go first")
	}
	if got := b.get(100_000); cap(got) != 112<<10 || b.bytes != 224<<10 {
		t.Errorf("a body of 100,000 bytes gets %d, and %d are left", cap(got), b.bytes)
	}
}

func TestBuffersKeepSmallOnes(t *testing.T) {
	t.Parallel()
	var b buffers
	for range 20 {
		b.put(make([]byte, 0, 4<<20))
	}
	for range 100 {
		b.put(make([]byte, 0, 256<<10))
	}
	small, _ := bufferIndex(256 << 10)
	large, _ := bufferIndex(4 << 20)
	if b.bytes > keptBuffers || len(b.kept[small]) != 100 || len(b.kept[large]) != 9 {
		t.Errorf("%d bytes are kept, in %d small buffers and %d large ones", b.bytes, len(b.kept[small]), len(b.kept[large]))
	}
}

// A body stays what it is until it is released, and for good if nobody asked to hold it.
func TestBodiesKeepTheirBytes(t *testing.T) {
	t.Parallel()
	site := testutil.NewSite(t, withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.URL.Path)
		_, _ = w.Write(bytes.Repeat([]byte(r.URL.Path[1:]), 100_000))
	}))
	f := local(t, site, Config{})
	held, err := f.Get(t.Context(), Request{URL: site.URL("a.test", "/h"), Hold: true})
	if err != nil || len(held.Body) != 100_002 {
		t.Fatalf("%d bytes, %q, %v", len(held.Body), held.Detail, err)
	}
	free := get(t, f, site.URL("a.test", "/f"))
	for i := range 5 {
		r, err := f.Get(t.Context(), Request{URL: site.URL("a.test", fmt.Sprintf("/%d", i)), Hold: true})
		if err != nil {
			t.Fatal(err)
		}
		r.Release()
		if r.Body != nil {
			t.Error("a released body can still be read")
		}
	}
	for name, body := range map[string][]byte{"h": held.Body, "f": free.Body} {
		if want := "/" + name + string(bytes.Repeat([]byte(name), 100_000)); string(body) != want {
			t.Errorf("body of /%s has other bytes now", name)
		}
	}
	if f.buffers.bytes == 0 {
		t.Error("no buffer came back")
	}
}

// What robots.txt files held is given back, also when they have something to say.
func TestRobotsGiveBackTheirMemory(t *testing.T) {
	t.Parallel()
	site := testutil.NewSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "User-agent: *\nDisallow: /private\n")
	}))
	f := local(t, site, Config{})
	for i := range 5 {
		get(t, f, site.URL(fmt.Sprintf("h%d.test", i), "/x"))
	}
	if want := f.cfg.MaxBuffered - gateReserve(f.cfg); f.gate.free != want {
		t.Errorf("%d bytes are still counted", want-f.gate.free)
	}
}
