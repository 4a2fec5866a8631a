package schemas

// Roles of the objects that a commit record names.
const (
	RoleTar          = "tar"          // a shard
	RoleTable        = "table"        // its rows
	RoleObservations = "observations" // volatile facts about its fetches
	RoleHashes       = "hashes"       // sorted run of (sha256, id, part, row)
	RolePages        = "pages"        // what became of each page
	RoleLinks        = "links"        // links that a lane has pending, or that one lane sends another (Object.For)
	RoleFoundLinks   = "found-links"  // links that a walk found for other lanes
	RoleCandidates   = "candidates"   // candidates that a walk found, or that one lane sends another (Object.For)
	RoleEpoch        = "epoch"        // what opens a crawl's next epoch
	RoleEnded        = "ended"        // where a lane stands at an epoch's end
	RoleLane         = "lane"         // a lane's state
	RoleSeen         = "seen"         // sorted run of what a lane has seen
	RolePart         = "part"         // input of a later job
	RoleWinners      = "winners"      // images that stay, one row each
	RoleDuplicates   = "duplicates"   // rows that point at their winner
	RoleColumn       = "column"       // values joined by id
	RoleSelection    = "selection"    // sorted run of rows in shuffle order
	RoleDecisions    = "decisions"    // why curation dropped a row
	RoleData         = "data"         // a dataset's Parquet file
	RoleStats        = "stats"        // counts in img2dataset's form
	RoleManifest     = "manifest"     // a dataset's last object
	RoleCard         = "card"         // a dataset's README
	RoleGroup        = "group"        // plan of a group
	RoleOptOuts      = "optouts"      // picture URLs that a page forbids to use
	RoleIndex        = "index"        // sorted run of every image that won so far
	RoleListing      = "listing"      // a list's files, ranges, columns and heavy hosts
	RoleSurvey       = "survey"       // rows of heavy hosts in one range of a list
	RolePool         = "pool"         // the files of a pool and what they have
	RoleLines        = "lines"        // a column: where a shard's samples stand in the pool, and the numbers there
	RoleDelivered    = "delivered"    // a file in img2dataset's layout
	RoleSpec         = "spec"         // the run's spec, or the record of a generation: what was asked for
	RoleReadings     = "readings"     // what came of pages that a later run can ask for again
	RoleRecall       = "recall"       // what an earlier run knows of URLs of pictures or pages (Object.For)
	RoleWaiting      = "waiting"      // the jobs that wait until it is recalled
)

// Object is what a commit record says of one object that it made.
type Object struct {
	Role   string `json:"role"`
	Key    string `json:"key"`
	Size   int64  `json:"size"`
	SHA256 Hash   `json:"sha256"`
	Rows   int64  `json:"rows,omitempty"`
	For    string `json:"for,omitempty"` // the lane, bucket or shard that it is meant for
}

// Counts is what a job did, and what a roll-up sums.
type Counts struct {
	Pages    int64 `json:"pages,omitempty"`    // pages fetched with an answer that was read
	Requests int64 `json:"requests,omitempty"` // sent, robots.txt and redirects included
	Bytes    int64 `json:"bytes,omitempty"`    // received, after decompression
	Listed   int64 `json:"listed,omitempty"`   // rows of a list that were read, whatever share of them was taken
	Inputs   int64 `json:"inputs,omitempty"`   // rows in
	Fetched  int64 `json:"fetched,omitempty"`  // rows whose bytes arrived whole, in this run or the one that it is since
	// Unchanged counts those of them that were taken over from an earlier run.
	Unchanged int64            `json:"unchanged,omitempty"`
	Kept      int64            `json:"kept,omitempty"`
	Dropped   map[Reason]int64 `json:"dropped,omitempty"`
	Distinct  int64            `json:"distinct,omitempty"` // images that won
	Embedded  int64            `json:"embedded,omitempty"` // images with vectors
	Rows      int64            `json:"rows,omitempty"`     // published
	// Superseded counts rows that a retry takes again, by the reason that they had: the ledger takes them out there.
	Superseded map[Reason]int64 `json:"superseded,omitempty"`
	// Quarantined counts input rows whose job was given up.
	Quarantined int64 `json:"quarantined,omitempty"`
}

// Add sums o into c.
func (c *Counts) Add(o Counts) {
	c.Pages += o.Pages
	c.Requests += o.Requests
	c.Bytes += o.Bytes
	c.Listed += o.Listed
	c.Inputs += o.Inputs
	c.Fetched += o.Fetched
	c.Unchanged += o.Unchanged
	c.Kept += o.Kept
	c.Distinct += o.Distinct
	c.Embedded += o.Embedded
	c.Rows += o.Rows
	c.Quarantined += o.Quarantined
	for r, n := range o.Dropped {
		c.Drop(r, n)
	}
	for r, n := range o.Superseded {
		c.Supersede(r, n)
	}
}

// Drop counts n rows dropped for r.
func (c *Counts) Drop(r Reason, n int64) {
	if c.Dropped == nil {
		c.Dropped = map[Reason]int64{}
	}
	c.Dropped[r] += n
}

// Supersede counts n rows that were dropped for r and are taken again.
func (c *Counts) Supersede(r Reason, n int64) {
	if c.Superseded == nil {
		c.Superseded = map[Reason]int64{}
	}
	c.Superseded[r] += n
}

// Commit is the last object that a job writes, create-only. Its existence means that the job is done; nothing that
// it does not name belongs to the run. It holds no time, no host name and no attempt of its own; only the hash of a fetch's
// observations tells two executions apart.
type Commit struct {
	Version int      `json:"v"`
	Job     Job      `json:"job"`
	Objects []Object `json:"objects,omitempty"`
	Counts  Counts   `json:"counts"`
	Next    []Job    `json:"next,omitempty"` // jobs that follow from this one alone; fan-in adds the others
	// Mended is, where a repair has dropped rows for Damaged, how many generations the run had then: the later ones alone
	// can have asked for them again.
	Mended int `json:"mended,omitempty"`
	// Unobserved is set where a repair has left damaged observations out.
	Unobserved bool `json:"unobserved,omitempty"`
	Check      Hash `json:"check"` // see Seal
}

// Of returns the objects with a role, in the order in which they were named.
func (c *Commit) Of(role string) []Object {
	var out []Object
	for _, o := range c.Objects {
		if o.Role == role {
			out = append(out, o)
		}
	}
	return out
}

// Left is the generation after which a row that the record's shard dropped for a reason was there to be asked for again.
func (c *Commit) Left(r Reason) int {
	if r == Damaged && c.Mended > 0 {
		return c.Mended - 1
	}
	return c.Job.Generation
}

// Quarantine is the record of a job that was given up: its rows count as quarantined and the run goes on.
type Quarantine struct {
	Version  int    `json:"v"`
	Job      Job    `json:"job"`
	Error    string `json:"error"`
	Attempts int    `json:"attempts"`
	Check    Hash   `json:"check"` // see Seal
}

// Group is the plan of jobs that share a roll-up, written before the first of them is queued.
type Group struct {
	Version int      `json:"v"`
	Task    Task     `json:"task"`
	Name    string   `json:"name"`
	Size    int      `json:"size"`             // jobs that must settle, at most 1,000
	Jobs    []string `json:"jobs,omitempty"`   // their names
	Inputs  []string `json:"inputs,omitempty"` // their input objects, where they have one
}
