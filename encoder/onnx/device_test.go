package onnx_test

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"

	"pairmill/encoder/encodertest"
	"pairmill/encoder/onnx"
)

// lacksCUDA skips the tests of what is said without a GPU where there is one.
func lacksCUDA(t *testing.T) {
	t.Helper()
	needRuntime(t)
	if _, err := os.Stat("/dev/nvidiactl"); err == nil {
		t.Skip("this machine has an NVIDIA driver")
	}
}

// TestCUDAThatIsNotThere: who asked for a GPU and has none is told what it takes.
func TestCUDAThatIsNotThere(t *testing.T) {
	t.Parallel()
	lacksCUDA(t)
	_, err := onnx.Open(testdata("plain"), onnx.Config{Device: onnx.CUDA})
	if err == nil {
		t.Fatal("opened")
	}
	for _, want := range []string{"PAIRMILL_DEVICE", "PAIRMILL_ORT_LIB", "CUDA build of libonnxruntime", "libcudart", "libcudnn", "PAIRMILL_DEVICE=cpu", "libonnxruntime.so"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	t.Log(err)
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("several lines: %v", err)
	}
}

// TestAutoFallsBack: the same vectors as on the CPU, the same fingerprint, and a line in the log that says why.
func TestAutoFallsBack(t *testing.T) {
	t.Parallel()
	lacksCUDA(t)
	var log bytes.Buffer
	auto := open(t, testdata("plain"), onnx.Config{Device: onnx.Auto, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "the model runs on the CPU") || !strings.Contains(log.String(), "libcudnn") {
		t.Errorf("logged %s", log.String())
	}
	cpu := open(t, testdata("plain"), onnx.Config{Device: onnx.CPU})
	if auto.Info().Fingerprint != cpu.Info().Fingerprint {
		t.Error("the fingerprint depends on the device")
	}
	texts := encodertest.Texts(5)
	got, err := auto.EncodeTexts(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	want, err := cpu.EncodeTexts(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "text", got, want, 0)
}

func TestDeviceByEnvironment(t *testing.T) {
	lacksCUDA(t)
	t.Setenv(onnx.DeviceEnv, "tpu")
	if _, err := onnx.Open(testdata("plain"), onnx.Config{}); err == nil || !strings.Contains(err.Error(), `"tpu"`) || !strings.Contains(err.Error(), "PAIRMILL_DEVICE") {
		t.Errorf("got %v", err)
	}
	t.Setenv(onnx.DeviceEnv, "cuda")
	if _, err := onnx.Open(testdata("plain"), onnx.Config{}); err == nil || !strings.Contains(err.Error(), "CUDA cannot be used") {
		t.Errorf("got %v", err)
	}
	open(t, testdata("plain"), onnx.Config{Device: onnx.CPU})
}
