package nats

import (
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"pairmill/cluster"
)

// Where a medium keeps what its processes share. Buckets are streams whose names begin with KV_, as the nats tool has it.
const (
	lockBucket   = "pairmill-locks"   //
	memberBucket = "pairmill-members" //
	memoryBucket = "pairmill-memory"  //
	timerStream  = "PAIRMILL_TIMERS"  //
	logStream    = "PAIRMILL_LOG"     //
)

const (
	logAge   = 7 * 24 * time.Hour // a run that is looked at after a week has its ledger
	logBytes = 256 << 20          // a million lines
)

// shared lists all of it.
func (q *Queue) shared() []jetstream.StreamConfig {
	return []jetstream.StreamConfig{q.locks(), q.members(), q.memory(), q.timers(), q.lines()}
}

func key(bucket, name string) string { return "$KV." + bucket + "." + name }

// bucket is a stream as the nats tool's kv commands want it. Where reads must see what was written just before, only the
// stream's leader answers them.
func (q *Queue) bucket(name, description string) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:              "KV_" + name,
		Description:       "pairmill: " + description,
		Subjects:          []string{key(name, ">")},
		MaxMsgsPerSubject: 1,
		Discard:           jetstream.DiscardNew,
		AllowRollup:       true,
		DenyDelete:        true,
		Replicas:          q.cfg.Replicas,
	}
}

// locks is on disk: a server that restarts must not give away what is held.
func (q *Queue) locks() jetstream.StreamConfig {
	c := q.bucket(lockBucket, "who does what is done once in the cluster; a key ends with its holder")
	c.AllowMsgTTL, c.SubjectDeleteMarkerTTL = true, cluster.LockTTL
	return c
}

// members is in memory: whoever is there says so again within seconds.
func (q *Queue) members() jetstream.StreamConfig {
	c := q.bucket(memberBucket, "processes of the cluster, as they say of themselves every two seconds")
	c.MaxAge, c.Storage, c.AllowDirect = cluster.PresenceTTL, jetstream.MemoryStorage, true
	c.Duplicates = cluster.PresenceTTL
	return c
}

func (q *Queue) memory() jetstream.StreamConfig {
	c := q.bucket(memoryBucket, "what a process leaves to its successor: pauses that hosts have asked for")
	c.AllowMsgTTL, c.SubjectDeleteMarkerTTL = true, time.Second
	return c
}

// timers keeps each timer as timer.<name> and its latest tick, until it is acked, as tick.<name>.
func (q *Queue) timers() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:              timerStream,
		Description:       "pairmill: timers, and for each the tick that is due",
		Subjects:          []string{"timer.*", "tick.*"},
		Retention:         jetstream.WorkQueuePolicy,
		Discard:           jetstream.DiscardOld,
		MaxMsgsPerSubject: 1,
		AllowMsgSchedules: true,
		Replicas:          q.cfg.Replicas,
	}
}

func (q *Queue) lines() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:               logStream,
		Description:        "pairmill: the latest log lines of jobs, as log.<run>.<job>",
		Subjects:           []string{"log.*.*"},
		Retention:          jetstream.LimitsPolicy,
		Discard:            jetstream.DiscardOld,
		MaxAge:             logAge,
		MaxBytes:           logBytes,
		AllowAtomicPublish: true,
		AllowDirect:        true,
		Replicas:           q.cfg.Replicas,
	}
}
