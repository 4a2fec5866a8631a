package workers

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"pairmill/crawler/web"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// epoch is what opens an epoch of a crawl, written by the plan and then by each exchange.
type epoch struct {
	Allotment web.Allotment  `json:"allotment"`
	States    map[int]string `json:"states,omitempty"` // key of each lane's state
	Groups    int            `json:"groups"`           // fetch groups planned so far
}

// inbox is the input of a gather: the lane's share, its state, and what it was sent.
type inbox struct {
	Share      web.Share `json:"share"`
	Lane       string    `json:"lane,omitempty"` // key of the lane's state; empty = it has not begun
	Links      []string  `json:"links,omitempty"`
	Candidates []string  `json:"candidates,omitempty"`
}

// open writes the epoch and its lanes' inboxes, and queues their gathers. sent holds the objects of the outboxes.
func (e epoch) open(ctx context.Context, tx *ledger.Tx, sent []schemas.Object) error {
	name := schemas.EpochName(e.Allotment.Epoch)
	if _, err := putJSON(ctx, tx, "epochs/"+name+".json", e, schemas.Object{Role: schemas.RoleEpoch}); err != nil {
		return err
	}
	boxes := map[string]*inbox{}
	group := schemas.Group{Version: schemas.Version, Task: schemas.TaskGather, Name: name}
	for _, share := range e.Allotment.Lanes {
		lane := web.LaneName(share.Lane)
		boxes[lane] = &inbox{Share: share, Lane: e.States[share.Lane]}
		group.Jobs = append(group.Jobs, lane)
	}
	group.Size = len(group.Jobs)
	deliver(sent, boxes)
	for _, lane := range slices.Sorted(maps.Keys(boxes)) {
		o, err := putJSON(ctx, tx, "inboxes/"+name+"/"+lane+".json", boxes[lane], schemas.Object{Role: schemas.RolePart, For: lane})
		if err != nil {
			return err
		}
		tx.Next(schemas.NewJob(tx.Job().Run, schemas.TaskGather, name, lane, o.Key))
	}
	return ledger.PlanGroup(ctx, tx, group)
}

// deliver puts what was sent into the inboxes. What was sent to a lane that does not run any more is left.
func deliver(sent []schemas.Object, boxes map[string]*inbox) {
	for _, o := range sent {
		box, ok := boxes[o.For]
		switch {
		case !ok:
		case o.Role == schemas.RoleLinks:
			box.Links = append(box.Links, o.Key)
		case o.Role == schemas.RoleCandidates:
			box.Candidates = append(box.Candidates, o.Key)
		}
	}
}

// readEpoch returns what opened a job's epoch.
func readEpoch(ctx context.Context, s store.Store, job schemas.Job) (epoch, error) {
	var e epoch
	n, err := schemas.EpochIndex(job.Group)
	if err != nil {
		return e, Permanent(err)
	}
	opener := schemas.NewJob(job.Run, schemas.TaskPlan, schemas.GroupAll, schemas.GroupAll, "")
	if n > 1 {
		opener = schemas.NewJob(job.Run, schemas.TaskExchange, schemas.EpochName(n-1), schemas.GroupAll, "")
	}
	rec, err := ledger.Read(ctx, s, opener)
	if err != nil {
		return e, err
	}
	for _, o := range rec.Of(schemas.RoleEpoch) {
		err := ledger.ReadJSON(ctx, s, o.Key, &e)
		return e, err
	}
	return e, fmt.Errorf("commit record of %s names no epoch", opener.ID())
}

// putBoxes writes outboxes: a table of links and one of candidates for each lane that is sent any.
func putBoxes(ctx context.Context, tx *ledger.Tx, boxes []web.Outbox) error {
	for _, b := range boxes {
		to := web.LaneName(b.Lane)
		path := "outboxes/" + jobPath(tx.Job()) + "-" + to
		if err := putTable(ctx, tx, path+"-links", b.Links, schemas.Object{Role: schemas.RoleLinks, For: to}); err != nil {
			return err
		}
		if err := putTable(ctx, tx, path+"-candidates", b.Candidates, schemas.Object{Role: schemas.RoleCandidates, For: to}); err != nil {
			return err
		}
	}
	return nil
}
