// Package s3 keeps objects in a bucket of Amazon S3, or of a server that speaks its protocol.
//
// What recovery rests on is done by the server, and asked for in every request:
//
//   - Put is one signed PUT with If-None-Match: *, its size and its sha256 (RFC 9110, section 13.1.2; Signature
//     Version 4). A body that was cut off has another sha256 and is never stored. When the server answers that the key
//     is taken, size and sha256 of what is there decide between success and store.ErrConflict, so an upload whose
//     answer was lost succeeds when it is tried again. The sha256 stands in the object's metadata as x-amz-meta-sha256;
//     an object without it, uploaded by another tool, is read and hashed.
//   - Copy happens inside the server, as a multipart upload of one copied part that is completed with If-None-Match: *.
//     CopyObject itself is not used: many servers ignore its condition, and would replace what is there. Small objects,
//     and those without a sha256, go through the caller.
//   - List relies on the order and the strong consistency that S3 has; a server that lists out of order is an error.
//
// A server that ignores If-None-Match cannot keep the promise of create-only: Check finds out, before a run begins.
// What the medium asks for: bucket prefix and key together have at most 1,024 bytes, and an object at most 5 GiB, which
// is what one PUT can carry. Copies that were killed leave unfinished uploads behind, which cost space and are not
// listed: give the bucket a lifecycle rule that aborts them.
//
// Faults of the network and of the server are retried here and nowhere else; a pause that the server asks for is kept.
// No error and no log line holds a secret.
package s3
