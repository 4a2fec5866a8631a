package encoder

import (
	"context"
	"fmt"
)

// Encoder computes vectors. All methods may be called from many goroutines at once.
type Encoder interface {
	// Info describes the model. It never changes and needs no running model.
	Info() Info

	// EncodeImages returns one unit vector of Info().Dim values for each picture, in order. No pictures give no
	// vectors and no error. A picture that cannot be encoded fails the call with an *ItemError; an ended ctx
	// fails it with ctx.Err(); a closed Encoder with ErrClosed. Calling again with the same input is harmless.
	EncodeImages(ctx context.Context, pictures []Pixels) ([][]float32, error)

	// EncodeTexts does the same for texts. A text longer than the context is cut, as the model was trained.
	EncodeTexts(ctx context.Context, texts []string) ([][]float32, error)

	// Close waits for running calls and frees the model. Closing twice is harmless.
	Close() error
}

// Pixels is one decoded picture: 8-bit RGB, rows from the top, no padding between rows. Decoding, orientation and
// colour conversion are the caller's; resizing, cropping and normalising are the encoder's, since they are part
// of the model.
type Pixels struct {
	W, H int    // pixels
	RGB  []byte // W*H*3 values
}

// Validate reports a picture whose buffer does not match its size, or that has no pixel.
func (p Pixels) Validate() error {
	if p.W <= 0 || p.H <= 0 {
		return fmt.Errorf("picture of %d×%d pixels is empty", p.W, p.H)
	}
	if len(p.RGB)/3/p.W != p.H || len(p.RGB) != p.W*p.H*3 {
		return fmt.Errorf("picture of %d×%d pixels has %d bytes instead of width × height × 3", p.W, p.H, len(p.RGB))
	}
	return nil
}

// Info describes an encoder.
type Info struct {
	Name          string   `json:"name"`           // short name for columns and file names, such as "clip-vit-b-32"
	Family        string   `json:"family"`         // model family, such as "clip"; "" when unknown
	Fingerprint   string   `json:"fingerprint"`    // hex sha256 over model, preprocessing and tokenizer
	Dim           int      `json:"dim"`            // values per vector
	ImageSide     int      `json:"image_side"`     // pixels per side that the image tower sees
	ContextLength int      `json:"context_length"` // tokens that the text tower sees, with start and end
	BatchSize     int      `json:"batch_size"`     // items per run of the model; calls of a multiple waste nothing
	LogitScale    float32  `json:"logit_scale"`    // factor on cosines before a softmax; 0 when the model does not say
	Warnings      []string `json:"warnings,omitempty"`
}

// Column is the name under which this encoder's vectors are stored: name@fingerprint, with the first 16 hex digits.
func (i Info) Column() string {
	return i.Name + "@" + i.Fingerprint[:min(16, len(i.Fingerprint))]
}
