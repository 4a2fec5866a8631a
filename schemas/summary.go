package schemas

// Summary is a finished run in one object: what `pairmill run --json` prints. The ledger adds up:
// candidates = kept + Σ dropped + quarantined.
type Summary struct {
	Run            string           `json:"run"`
	Pages          int64            `json:"pages"`               // read as pages
	Candidates     int64            `json:"candidates"`          // rows in: distinct pairs of image URL and text, and opt-out notices
	Fetched        int64            `json:"fetched"`             // whose bytes arrived whole
	Unchanged      int64            `json:"unchanged,omitempty"` // of those, taken over from the run that this one is since
	Kept           int64            `json:"kept"`
	Dropped        map[Reason]int64 `json:"dropped"`
	Quarantined    int64            `json:"quarantined"`
	DistinctImages int64            `json:"distinct_images"` // by sha256 as fetched, among those that passed the filters
	Embedded       int64            `json:"embedded"`
	Rows           int64            `json:"rows"`    // published
	Dataset        string           `json:"dataset"` // key prefix of the published version; empty while there is none
	Seconds        float64          `json:"seconds"` // of this invocation
}

// Summarize turns what all jobs of a run did into its summary.
func Summarize(run string, c Counts) Summary {
	s := Summary{
		Run: run, Pages: c.Pages, Candidates: c.Inputs, Fetched: c.Fetched, Unchanged: c.Unchanged, Kept: c.Rows, Dropped: map[Reason]int64{},
		Quarantined: c.Quarantined, DistinctImages: c.Distinct, Embedded: c.Embedded, Rows: c.Rows,
	}
	for r, n := range c.Dropped {
		if n -= c.Superseded[r]; n != 0 {
			s.Dropped[r] = n
		}
	}
	for _, n := range c.Superseded {
		s.Candidates -= n
	}
	return s
}

// Balance returns how many input rows the ledger cannot account for: 0 unless something is lost or counted twice.
func (s Summary) Balance() int64 {
	n := s.Candidates - s.Kept - s.Quarantined
	for _, dropped := range s.Dropped {
		n -= dropped
	}
	return n
}

// Manifest is the last object of a dataset version: what it consists of, and where it came from.
type Manifest struct {
	Version       int      `json:"v"`
	Dataset       string   `json:"dataset"`
	Name          string   `json:"version"` // "v0001"
	Run           string   `json:"run"`
	Generation    int      `json:"generation,omitempty"` // up to which the version has the run's rows
	Rows          int64    `json:"rows"`
	Shards        int      `json:"shards"`
	Encoder       string   `json:"encoder,omitempty"` // fingerprint
	Dim           int      `json:"dim,omitempty"`
	Vectors       string   `json:"vectors,omitempty"` // element type
	SpecSHA256    Hash     `json:"spec_sha256"`
	ContentSHA256 Hash     `json:"content_sha256"` // of the run's content manifest
	Objects       []Object `json:"objects"`        // keys relative to the version's folder, sorted
}

// Usage is what one process spent on a run: volatile, outside all promises.
type Usage struct {
	Version   int     `json:"v"`
	StartedMS int64   `json:"started_ms"` // Unix milliseconds
	Seconds   float64 `json:"seconds"`
	CPUUser   float64 `json:"cpu_user"` // seconds
	CPUSystem float64 `json:"cpu_system"`
	MaxRSS    int64   `json:"max_rss"` // bytes, of the process since it began
}
