package cluster

import (
	"encoding/json"
	"fmt"

	"pairmill/schemas"
)

// MaxJob is the largest encoded job, in bytes. A job names things and is a few hundred bytes; what is larger was not
// written by this program.
const MaxJob = 64 << 10

// Encode checks a job and writes it as every medium carries it: one JSON object.
func Encode(j schemas.Job) ([]byte, error) {
	if err := j.Validate(); err != nil {
		return nil, err
	}
	b, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("encode job %s: %w", j.ID(), err)
	}
	if len(b) > MaxJob {
		return nil, fmt.Errorf("job %s has %d bytes: the limit is %d", j.ID(), len(b), MaxJob)
	}
	return b, nil
}

// Decode reads what Encode wrote. It refuses what this program cannot run and says why; the version is looked at
// first, so that a newer job is refused by its version and not by a field that changed its type.
func Decode(b []byte) (schemas.Job, error) {
	if len(b) > MaxJob {
		return schemas.Job{}, fmt.Errorf("message has %d bytes: a job has at most %d", len(b), MaxJob)
	}
	var head struct {
		Version int `json:"v"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return schemas.Job{}, fmt.Errorf("message is no job: %w", err)
	}
	if head.Version != schemas.Version {
		return schemas.Job{}, schemas.Job{Version: head.Version}.Validate()
	}
	var j schemas.Job
	if err := json.Unmarshal(b, &j); err != nil {
		return schemas.Job{}, fmt.Errorf("message is no job: %w", err)
	}
	return j, j.Validate()
}

// DecodeAs reads a message that stands in the place of a job of this run, stage and ID. A job counts only where its name
// says: elsewhere, its end would be another's.
func DecodeAs(b []byte, run string, stage schemas.Stage, id string) (schemas.Job, error) {
	j, err := Decode(b)
	if err == nil && (j.Run != run || j.Stage() != stage || j.ID() != id) {
		err = fmt.Errorf("message holds job %s of run %s and stage %s, another than its subject says", j.ID(), j.Run, j.Stage())
	}
	return j, err
}
