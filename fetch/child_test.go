package fetch

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// childEnv names what this binary does instead of testing, so that a server's memory and time are not counted with ours.
const childEnv = "PAIRMILL_FETCH_TEST_CHILD"

func TestMain(m *testing.M) {
	switch order, argument, _ := strings.Cut(os.Getenv(childEnv), " "); order {
	case "":
		os.Exit(m.Run())
	case "serve":
		serveChild(argument)
	case "transfer":
		transferChild(argument)
	}
}

// child runs this binary with an order, and ends it with the test by closing its input.
func child(t testing.TB, order string) (said *bufio.Reader, process *os.Process) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+order)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
	})
	return bufio.NewReader(out), cmd.Process
}

// serveChild serves 20 KB at every path by one protocol until its input ends, and says its port.
func serveChild(protocol string) {
	body := strings.Repeat("0123456789abcdef", 1250)
	s := httptest.NewUnstartedServer(withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/jpeg")
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = io.WriteString(w, body)
	}))
	switch protocol {
	case "http":
		s.Start()
	case "https":
		s.TLS = &tls.Config{NextProtos: []string{"http/1.1"}}
		s.StartTLS()
	case "https-anew":
		s.Config.SetKeepAlivesEnabled(false)
		s.TLS = &tls.Config{NextProtos: []string{"http/1.1"}}
		s.StartTLS()
	case "h2":
		s.EnableHTTP2 = true
		s.StartTLS()
	}
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	fmt.Println(port)
	_, _ = io.Copy(io.Discard, os.Stdin)
	s.Close()
}

// patience is how long a child waits for a machine that is busy with other tests.
const patience = 2 * time.Minute
