package fetch

import "pairmill/schemas"

// StatusReason is the reason of a row whose answer had this status, as far as the status alone says it; empty for the
// answers that carry what was asked for.
func StatusReason(status int) schemas.Reason { return statusReason(status, nil) }
