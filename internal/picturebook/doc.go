// Package picturebook draws small pictures of coloured shapes and says what is on them, always the same for the same seed.
//
// It is the ground truth that pairmill owns itself: the tiny CLIP in encoder/builtin is trained on it, the example web
// site is illustrated with it, and tests that need an image with a known meaning take one from here.
//
// A [Scene] is plain data. [Random] invents one, [Scene.Draw] paints it at any size, [Scene.Caption] describes it in one of
// many phrasings and [Scene.Describe] in one that leaves nothing out.
//
// Promises:
//
//   - The same Scene draws the same picture and the same generator state yields the same Scene and the same words. Pixels are
//     equal for one build and CPU architecture; across architectures they may differ in the last bit of a channel, because
//     some fuse multiplications with additions.
//   - A picture drawn at 64 and at 512 pixels shows the same scene: all geometry is relative to the side.
//   - Every caption names colour, shape and number of the things shown. Captions are true: what a caption says is in the picture.
//   - [Train] and [Heldout] never share a scene: they seed the generator from different streams, and no training command
//     reads Heldout.
package picturebook
