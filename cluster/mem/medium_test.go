package mem

import (
	"testing"
	"testing/synctest"
	"time"

	"pairmill/cluster"
	"pairmill/cluster/clustertest"
)

func medium() clustertest.Medium {
	m := NewMedium()
	return clustertest.Medium{
		Join: func(t *testing.T) clustertest.Peer {
			p := m.Join()
			t.Cleanup(func() { _ = p.Close() })
			return p
		},
		Cut: func(_ *testing.T, p clustertest.Peer) func() {
			p.(*Peer).Cut()
			return p.(*Peer).Mend
		},
		Often: func(t *testing.T, p clustertest.Peer, name string) time.Duration {
			if err := p.SetTimer(t.Context(), cluster.Timer{Name: name, Cron: "* * * * *"}); err != nil {
				t.Fatal(err)
			}
			return time.Minute
		},
	}
}

// TestMediumSuite runs on fake time.
func TestMediumSuite(t *testing.T) {
	for _, c := range clustertest.MediumCases() {
		t.Run(c.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { c.Run(t, medium()) })
		})
	}
}
