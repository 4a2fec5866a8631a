package control

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestComplaint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c complaint
		a, b := errors.New("a"), errors.New("b")
		for i, step := range []struct {
			err   error
			after time.Duration
			want  bool
		}{{a, 0, true}, {a, time.Second, false}, {b, time.Second, true}, {a, time.Second, true}, {a, complainAgain, true}, {a, complainAgain / 2, false}} {
			time.Sleep(step.after)
			if got := c.due(step.err); got != step.want {
				t.Errorf("step %d: %v", i, got)
			}
		}
	})
}
