package sandbox

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pairmill/imaging"
	"pairmill/schemas"
)

// Pictures that the child of these tests dies of, in ways that decoders have.
var (
	segv = []byte("PLANTED SIGSEGV")
	hang = []byte("PLANTED HANG")
)

// TestMain is a child if the environment says so.
func TestMain(m *testing.M) {
	if os.Getenv("SANDBOX_CHILD") != "" {
		if err := Serve(faulty{os.Stdin}, os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// faulty is an input at which the process dies or stops when a planted picture comes by.
type faulty struct{ *os.File }

func (f faulty) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	if bytes.Contains(p[:n], segv) {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	if bytes.Contains(p[:n], hang) {
		select {}
	}
	return n, err
}

func testPool(t *testing.T, cfg Config) *Pool {
	t.Helper()
	cfg.Command = func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "SANDBOX_CHILD=1")
		return cmd
	}
	p, err := New(imaging.Config{Side: 16}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 40, 20))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSameAsInProcess(t *testing.T) {
	t.Parallel()
	direct, err := imaging.New(imaging.Config{Side: 16})
	if err != nil {
		t.Fatal(err)
	}
	p := testPool(t, Config{})
	for _, c := range [][]byte{picture(t), []byte("no picture"), nil, picture(t)[:60]} {
		want, werr := direct.Process(c)
		got, gerr := p.Process(c)
		if !bytes.Equal(got.Data, want.Data) || got.PHash != want.PHash || got.Width != want.Width || imaging.ReasonOf(gerr) != imaging.ReasonOf(werr) {
			t.Errorf("%d bytes: got %+v, %v, want %+v, %v", len(c), got, gerr, want, werr)
		}
	}
	blurred, err := p.Process(picture(t), imaging.Box{X1: 1, Y1: 1})
	if err != nil || len(blurred.Data) == 0 {
		t.Errorf("with a box: %v", err)
	}
}

func TestACrashCostsOnePicture(t *testing.T) {
	t.Parallel()
	p := testPool(t, Config{Children: 2})
	good := picture(t)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			data, want := good, schemas.Kept
			if i%5 == 0 {
				data, want = segv, schemas.DecoderCrash
			}
			_, err := p.Process(data)
			if got := imaging.ReasonOf(err); (err == nil) != (want == schemas.Kept) || err != nil && got != want {
				t.Errorf("picture %d: %v, want %q", i, err, want)
			}
		})
	}
	wg.Wait()
}

func TestAChildThatHangsIsEnded(t *testing.T) {
	t.Parallel()
	p := testPool(t, Config{Children: 1, Patience: 300 * time.Millisecond})
	if _, err := p.Process(hang); imaging.ReasonOf(err) != schemas.DecoderCrash {
		t.Errorf("hang: %v", err)
	}
	if _, err := p.Process(picture(t)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	p := testPool(t, Config{})
	if err := errors.Join(p.Close(), p.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Process(picture(t)); !errors.Is(err, errClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestCommandThatIsNotThere(t *testing.T) {
	t.Parallel()
	_, err := New(imaging.Config{}, Config{Command: func() *exec.Cmd { return exec.Command("/nowhere/at-all") }})
	if err == nil {
		t.Error("a command that is not there was taken")
	}
}

func FuzzReceive(f *testing.F) {
	var b bytes.Buffer
	if err := send(&b, request{}, []byte("x")); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= 8 && (data[0] > 0 || data[4] > 0) {
			return // lengths past 16 MB would only be waited for
		}
		var q request
		_, _ = receive(bytes.NewReader(data), &q)
	})
}
