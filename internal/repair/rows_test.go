package repair_test

import (
	"testing"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/table"
)

// rows are those of a fetched shard.
func rows(t *testing.T, s store.Store, rec schemas.Commit) []schemas.Row {
	t.Helper()
	all, err := table.Collect(table.Read[schemas.Row](t.Context(), s, rec.Of(schemas.RoleTable)[0].Key))
	if err != nil {
		t.Fatal(err)
	}
	return all
}
