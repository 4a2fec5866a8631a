package verify

// Check names what was compared. The list is closed, so that reports and scripts can rely on it.
type Check string

// The checks.
const (
	Missing    Check = "missing"    // an object that a record names is not there
	Size       Check = "size"       // an object has another size than its record says
	SHA256     Check = "sha256"     // an object has other content than its record says
	Garbage    Check = "garbage"    // an object that nothing names: a note, no damage
	Record     Check = "record"     // a commit record, plan or manifest does not say what it can say
	Plan       Check = "plan"       // a planned or following job has not settled, or one has that nobody planned
	Decode     Check = "decode"     // an object does not read as what it is
	Rows       Check = "rows"       // a table or tar has more or fewer rows than is said of it
	Field      Check = "field"      // a value differs from the same value elsewhere
	Member     Check = "member"     // a sample's file in a tar differs from its row
	Image      Check = "image"      // an image differs from its hash, place, size or does not decode
	UID        Check = "uid"        // an id is not the hash of its URL and caption
	Key        Check = "key"        // a key repeats, is out of order or cannot be a key
	Reason     Check = "reason"     // a reason outside the closed list
	Vector     Check = "vector"     // a vector is not finite, not of unit length, or of another dimension
	Similarity Check = "similarity" // a stored similarity is not the cosine of the stored vectors
	Order      Check = "order"      // rows out of order, or shards of unequal size
	State      Check = "state"      // a row ends in no state, or in two
	Counts     Check = "counts"     // a count in the ledger is not what the tables hold
	Origin     Check = "content"    // the content manifest or the spec has another hash than a manifest says
	Bytes      Check = "bytes"      // no row differs, but bytes around them do: headers, padding, footer, white space
)

// Checks lists every check.
func Checks() []Check {
	return []Check{Missing, Size, SHA256, Garbage, Record, Plan, Decode, Rows, Field, Member, Image, UID, Key, Reason,
		Vector, Similarity, Order, State, Counts, Origin, Bytes}
}

// Note tells whether findings of the check are remarks and no damage.
func (c Check) Note() bool { return c == Garbage }

// Whole is the Row of a finding about an object as a whole.
const Whole = -1

// Finding is one thing that is not as it is said to be. It names the object that is to blame: when two objects
// disagree, the one whose content has changed.
type Finding struct {
	Object string `json:"object"`
	Row    int64  `json:"row"`             // from 0, or Whole
	Key    string `json:"key,omitempty"`   // the row's key or id, where it is known
	Place  string `json:"place,omitempty"` // field, column, member, line or offset
	Check  Check  `json:"check"`
	Want   string `json:"want,omitempty"`
	Got    string `json:"got,omitempty"`
}
