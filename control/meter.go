package control

import "time"

// meterSeconds is how far back a meter looks: rows come in bursts, shard by shard.
const meterSeconds = 10

// meter measures how often something happens, over the last seconds. The zero meter has seen nothing.
type meter struct {
	counts [meterSeconds]int64 // by second
	last   int64               // the second of the latest count, since 1970
	first  int64               // the second of the first
}

func (m *meter) add(now time.Time) {
	m.turn(now.Unix())
	m.counts[m.last%meterSeconds]++
}

// turn forgets what is too long ago.
func (m *meter) turn(second int64) {
	if m.first == 0 {
		m.first, m.last = second, second
	}
	for m.last < second {
		if second-m.last >= meterSeconds {
			m.counts, m.last = [meterSeconds]int64{}, second
			return
		}
		m.last++
		m.counts[m.last%meterSeconds] = 0
	}
}

// perSecond is the mean over the last seconds, or over as many as there were.
func (m *meter) perSecond(now time.Time) float64 {
	m.turn(now.Unix())
	var sum int64
	for _, n := range m.counts {
		sum += n
	}
	return float64(sum) / float64(min(m.last-m.first+1, meterSeconds))
}
