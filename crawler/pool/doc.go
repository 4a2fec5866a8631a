// Package pool reads pools of candidates as DataComp gives them out: tables of URLs and texts with scores of a CLIP, and
// beside each table, in an .npz, the vectors that the scores come from.
//
//	Survey    the files of a pool, and what all of them have
//	Find      where rows stand, by their uids
//	Values    the numbers that stand there, as columns
//	Vectors   the vectors that stand there
//	Choose    what a run takes for similarity: two arrays, or a column
//
// A pool is a folder of tables <name>.parquet, each with a column uid (DataComp: url, text, original_width,
// original_height, clip_b32_similarity_score, clip_l14_similarity_score, face_bboxes, sha256), and <name>.npz with as many
// rows in each array (DataComp: b32_img, b32_txt, l14_img, l14_txt, halves of length 512 and 768). A pair of arrays NAME_img
// and NAME_txt is a feature called NAME; other arrays are left alone.
//
// Nothing is copied or kept: a pool stays where it is and is read by place. img2dataset cuts a list into shards in the
// order of its files, so the rows of a shard stand close together in the pool. Find looks where they should be and then
// further and further away; a shard of a shuffled set is found all the same, by reading the uids of the whole pool.
//
// Sources: DataComp's download_upstream.py and baselines, which read these names.
package pool
