package control

import "time"

// complainAgain is how often the same complaint is logged.
const complainAgain = time.Minute

// complaint remembers what was complained about last, so that what goes wrong at every look is told once a minute. The zero
// complaint has said nothing.
type complaint struct {
	text string
	at   time.Time
}

// due tells whether an error is to be logged now.
func (c *complaint) due(err error) bool {
	if err.Error() == c.text && time.Since(c.at) < complainAgain {
		return false
	}
	c.text, c.at = err.Error(), time.Now()
	return true
}
