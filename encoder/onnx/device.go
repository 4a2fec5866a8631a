package onnx

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	ort "github.com/yalue/onnxruntime_go"
)

// DeviceEnv names the environment variable that says where models run on this machine, when Config.Device does not.
const DeviceEnv = "PAIRMILL_DEVICE"

// Device is what models run on. It belongs to the machine, not to the model or the run: a fingerprint does not depend on it.
// Vectors do in their last digits, so a similarity next to a threshold may fall on either side of it.
type Device string

// The devices.
const (
	CPU  Device = "cpu"
	CUDA Device = "cuda" // an NVIDIA GPU, the first that the process sees; an error where there is none
	Auto Device = "auto" // CUDA, or the CPU, with a line in the log, where that cannot be used
)

// devices lists them for messages.
var devices = []Device{CPU, Auto, CUDA}

// device is where models are to run.
func (c Config) device() (Device, error) {
	d := cmp.Or(c.Device, Device(os.Getenv(DeviceEnv)), CPU)
	if !slices.Contains(devices, d) {
		return "", fmt.Errorf("device %q (%s): want one of %q", d, DeviceEnv, devices)
	}
	return d, nil
}

// cudaOptions are for equal vectors first. Tensor cores would round float32 to ten bits (use_tf32), and a search among
// cuDNN's algorithms may choose another one in each process.
var cudaOptions = map[string]string{
	"device_id": "0", "use_tf32": "0", "cudnn_conv_algo_search": "DEFAULT", "arena_extend_strategy": "kSameAsRequested",
}

// errCUDA marks what CUDA refused.
var errCUDA = errors.New("CUDA")

// onCUDA makes a session run on the GPU.
func onCUDA(options *ort.SessionOptions) error {
	cuda, err := ort.NewCUDAProviderOptions()
	if err != nil {
		return err
	}
	err = cuda.Update(cudaOptions)
	if err == nil {
		err = options.AppendExecutionProviderCUDA(cuda)
	}
	return errors.Join(err, cuda.Destroy())
}

// noCUDA says what CUDA takes, when it cannot be used.
func noCUDA(cause error) error {
	process.Lock()
	defer process.Unlock()
	// The library's messages come with line feeds and with the places in its sources.
	text := strings.Join(strings.Fields(cause.Error()), " ")
	return fmt.Errorf("CUDA cannot be used (%s): %s: it takes the CUDA build of libonnxruntime with its providers beside it (%s; loaded is %s), "+
		"libcudart, libcublas, libcufft and libcudnn of its version where the loader finds them, and an NVIDIA driver with a GPU; "+
		"%s=cpu embeds without", DeviceEnv, text, LibraryEnv, process.library, DeviceEnv)
}
