//go:build crashpoints

package crashpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// Built tells whether this build has crash points.
const Built = true

// planned is the place named by PAIRMILL_CRASH; nil without one.
var planned = read(os.Getenv("PAIRMILL_CRASH"))

type place struct {
	task, point string
	left        atomic.Int64
}

func read(text string) *place {
	if text == "" {
		return nil
	}
	parts := strings.Split(text, ":")
	p := &place{}
	n := 0
	if len(parts) == 3 {
		p.task, p.point = parts[0], parts[1]
		n, _ = strconv.Atoi(parts[2])
	}
	if n < 1 {
		panic(fmt.Sprintf("PAIRMILL_CRASH=%q: want task:point:n", text))
	}
	p.left.Store(int64(n))
	return p
}

// At kills the process if this is the place.
func At(task, point string) {
	if planned == nil || planned.task != task || planned.point != point || planned.left.Add(-1) != 0 {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal may take a moment; nothing may happen in it
}
