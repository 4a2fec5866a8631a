package check

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

const (
	chart     = "../helm/pairmill"
	release   = "check"
	namespace = "pictures"
	oldest    = "1.28.0" // Kubernetes that the chart is meant for
)

// rendered is a release's documents by kind.
type rendered struct {
	deployments   []apps.Deployment
	sets          []apps.StatefulSet
	services      []core.Service
	configs       []core.ConfigMap
	accounts      []core.ServiceAccount
	budgets       []policy.PodDisruptionBudget
	policies      []networking.NetworkPolicy
	scaledObjects []scaledObject
	podMonitors   []podMonitor
}

// scaledObject is as much of KEDA's as the chart uses.
type scaledObject struct {
	meta.TypeMeta   `json:",inline"`
	meta.ObjectMeta `json:"metadata"`
	Spec            struct {
		ScaleTargetRef struct {
			Name string `json:"name"`
		} `json:"scaleTargetRef"`
		MinReplicaCount *int32 `json:"minReplicaCount"`
		MaxReplicaCount *int32 `json:"maxReplicaCount"`
		CooldownPeriod  *int32 `json:"cooldownPeriod"`
		Triggers        []struct {
			Type     string            `json:"type"`
			Metadata map[string]string `json:"metadata"` // a number that is not quoted does not decode: KEDA refuses it too
		} `json:"triggers"`
	} `json:"spec"`
}

// podMonitor is as much of the Prometheus operator's as the chart uses.
type podMonitor struct {
	meta.TypeMeta   `json:",inline"`
	meta.ObjectMeta `json:"metadata"`
	Spec            struct {
		Selector            meta.LabelSelector `json:"selector"`
		PodMetricsEndpoints []struct {
			Port          string `json:"port"`
			Path          string `json:"path"`
			Interval      string `json:"interval"`
			Authorization struct {
				Credentials core.SecretKeySelector `json:"credentials"`
			} `json:"authorization"`
		} `json:"podMetricsEndpoints"`
	} `json:"spec"`
}

// valueFiles are the ways in which the chart is rendered.
func valueFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("values/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatalf("value files %q: %v", files, err)
	}
	return files
}

// render renders the chart and decodes each document strictly: an unknown or doubled field is an error.
func render(t *testing.T, values string, more ...string) (r rendered) {
	t.Helper()
	args := []string{"template", release, chart, "--kube-version", oldest, "--namespace", namespace, "--values", values}
	text, err := output(t, nil, tool(t, "HELM"), append(args, more...)...)
	if err != nil {
		t.Fatalf("helm template: %v\n%s", err, text)
	}
	for i, doc := range strings.Split(text, "\n---\n") {
		if err := r.add(doc); err != nil {
			t.Fatalf("%s, document %d: %v\n%s", values, i, err, doc)
		}
	}
	return r
}

func (r *rendered) add(doc string) error {
	var kind meta.TypeMeta
	if err := yaml.Unmarshal([]byte(doc), &kind); err != nil {
		return err
	}
	switch kind.APIVersion + " " + kind.Kind {
	case "apps/v1 Deployment":
		return decode(doc, &r.deployments)
	case "apps/v1 StatefulSet":
		return decode(doc, &r.sets)
	case "v1 Service":
		return decode(doc, &r.services)
	case "v1 ConfigMap":
		return decode(doc, &r.configs)
	case "v1 ServiceAccount":
		return decode(doc, &r.accounts)
	case "policy/v1 PodDisruptionBudget":
		return decode(doc, &r.budgets)
	case "networking.k8s.io/v1 NetworkPolicy":
		return decode(doc, &r.policies)
	case "keda.sh/v1alpha1 ScaledObject":
		return decode(doc, &r.scaledObjects)
	case "monitoring.coreos.com/v1 PodMonitor":
		return decode(doc, &r.podMonitors)
	}
	return fmt.Errorf("nobody here knows %s %s", kind.APIVersion, kind.Kind)
}

func decode[T any](doc string, to *[]T) error {
	var v T
	text, err := yaml.YAMLToJSONStrict([]byte(doc))
	if err != nil {
		return err
	}
	// As Kubernetes' API server does; encoding/json would take clusterIp for clusterIP.
	strict, err := json.UnmarshalStrict(text, &v)
	if err := errors.Join(append(strict, err)...); err != nil {
		return err
	}
	*to = append(*to, v)
	return nil
}

func TestLint(t *testing.T) {
	t.Parallel()
	for _, values := range valueFiles(t) {
		if text, err := output(t, nil, tool(t, "HELM"), "lint", "--strict", chart, "--kube-version", oldest, "--values", values); err != nil {
			t.Errorf("%s: %v\n%s", values, err, text)
		}
	}
}

// TestRefusals: values that cannot work are refused before anything is installed, with the setting's name.
func TestRefusals(t *testing.T) {
	t.Parallel()
	needed := []string{"--set", "store=s3://b/p", "--set", "control.tokenSecret=s"}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing set":         {nil, "store: where runs and datasets lie"},
		"no token":            {[]string{"--set", "store=s3://b/p"}, "control.tokenSecret: a secret with the key token"},
		"no NATS":             {append(needed, "--set", "nats.bundled=false"), "nats.url: where the NATS servers are"},
		"KEDA without source": {append(needed, "--set", "keda.enabled=true"), "keda.prometheus: where Prometheus is"},
		"misspelt":            {append(needed, "--set", "kedaa.enabled=true"), "kedaa"},
		"unknown stage":       {append(needed, "--set", "workers.fetch.stages={dance}"), "workers"},
		"pool without stages": {append(needed, "--set", "workers.gpu.replicas=1"), "workers.gpu.stages: what the pool's workers do"},
		"an unknown device":   {append(needed, "--set", "workers.embed.device=tpu"), "device"},
	} {
		text, err := output(t, nil, tool(t, "HELM"), append([]string{"template", release, chart, "--kube-version", oldest}, c.args...)...)
		if err == nil || !strings.Contains(text, c.want) {
			t.Errorf("%s: %v, want %q in\n%s", name, err, c.want, text)
		}
	}
}

// TestStrictness: the decoding above does refuse.
func TestStrictness(t *testing.T) {
	t.Parallel()
	good, err := os.ReadFile("testdata/service.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for replaced, by := range map[string]string{"clusterIP:": "clusterIp:", "kind: Service": "kind: Servise", "port: 1": "port: one"} {
		var r rendered
		if err := r.add(string(good)); err != nil {
			t.Fatal(err)
		}
		if err := r.add(strings.Replace(string(good), replaced, by, 1)); err == nil {
			t.Errorf("%s was taken", by)
		}
	}
}

// TestValuesOfTheReadme: what deploy/README.md tells people to set is there to be set.
func TestValuesOfTheReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(chart, "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## Kubernetes: helm\n")
	section, _, _ = strings.Cut(section, "\n## ")
	names := 0
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*) \\|").FindAllStringSubmatch(section, -1) {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			names++
			at := any(values)
			for _, key := range strings.Split(name[1], ".") {
				inside, _ := at.(map[string]any)
				if at = inside[key]; at == nil {
					t.Errorf("deploy/README.md names the value %s, which the chart has not", name[1])
					break
				}
			}
		}
	}
	if names < 15 {
		t.Errorf("%d values", names)
	}
}
