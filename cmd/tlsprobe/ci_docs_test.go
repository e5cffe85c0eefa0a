//go:build unix

package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/tlsprobe/tlsprobe/internal/demo"
)

// workflow is what GitHub needs to run one.
type workflow struct {
	Name        string            `yaml:"name"`
	On          map[string]any    `yaml:"on"`
	Permissions map[string]string `yaml:"permissions"`
	Jobs        map[string]struct {
		RunsOn string `yaml:"runs-on"`
		Steps  []struct {
			Name string            `yaml:"name"`
			Uses string            `yaml:"uses"`
			Run  string            `yaml:"run"`
			If   string            `yaml:"if"`
			With map[string]string `yaml:"with"`
		} `yaml:"steps"`
	} `yaml:"jobs"`
}

// pipelineJob is what GitLab needs to run one.
type pipelineJob struct {
	Image string `yaml:"image"`
	Rules []struct {
		If      string   `yaml:"if"`
		Changes []string `yaml:"changes"`
	} `yaml:"rules"`
	Script    []string `yaml:"script"`
	Artifacts struct {
		When    string `yaml:"when"`
		Reports struct {
			JUnit string `yaml:"junit"`
		} `yaml:"reports"`
	} `yaml:"artifacts"`
}

// repository is a folder with the files that docs/ci.md tells of, and a server in its list of targets.
type repository struct {
	t       *testing.T
	dir     string
	bin     string
	server  *demo.Server
	summary string // what GitHub shows of a job
}

// strict decodes YAML and refuses what the type doesn't have: a key with a typing error.
func strict(t *testing.T, text string, to any) {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(to); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
}

// ciDocument is docs/ci.md: its blocks of YAML, and the commands that it shows otherwise.
func ciDocument(t *testing.T) (blocks, commands []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "ci.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, m[1])
	}
	for _, m := range regexp.MustCompile(`(?m)^    (tlsprobe audit .*)$`).FindAllStringSubmatch(string(text), -1) {
		commands = append(commands, m[1])
	}
	return blocks, commands
}

// newRepository writes the blocks that begin with the name of a file, and returns the others by the key that tells them apart.
func newRepository(t *testing.T, blocks []string) (r *repository, github, gitlab string) {
	t.Helper()
	r = &repository{t: t, dir: t.TempDir(), bin: filepath.Dir(program(t).Path)}
	r.summary = filepath.Join(r.dir, "summary.md")
	for _, block := range blocks {
		if name, rest, ok := strings.Cut(strings.TrimPrefix(block, "# "), "\n"); ok && strings.HasPrefix(block, "# ") {
			r.write(name, rest)
			continue
		}
		var keys map[string]any
		if err := yaml.Unmarshal([]byte(block), &keys); err != nil {
			t.Fatalf("%v in\n%s", err, block)
		}
		if keys["jobs"] != nil {
			github = block
		} else {
			gitlab = block
		}
	}
	sc, err := demo.Find("tls13")
	if err != nil {
		t.Fatal(err)
	}
	if r.server, err = demo.Start(t.Context(), sc, demo.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.server.Close() }) // the first may be the test's own
	r.write("tls/hosts.txt", r.server.Target()+"\n")
	return r, github, gitlab
}

func (r *repository) write(name, text string) {
	r.t.Helper()
	name = filepath.Join(r.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repository) read(name string) []byte {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		r.t.Fatal(err)
	}
	return text
}

// run runs a line of a script in a shell, and returns the exit code of tlsprobe in it. A rule may be broken, as the system does not
// trust the server's authority; nothing else may go wrong.
func (r *repository) run(line string) (code int, output string) {
	r.t.Helper()
	status := filepath.Join(r.t.TempDir(), "status")
	cmd := exec.CommandContext(r.t.Context(), "sh", "-c", line)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "PATH="+r.bin+string(os.PathListSeparator)+os.Getenv("PATH"),
		"GITHUB_STEP_SUMMARY="+r.summary, statusFile+"="+status, "LANG=C.UTF-8")
	out, ran := cmd.CombinedOutput()
	text, err := os.ReadFile(status)
	if err == nil {
		_, err = fmt.Sscan(string(text), &code)
	}
	if err != nil || code != exitOK && code != exitNo {
		r.t.Fatalf("%s\n%v, %v, exit code %s\n%s", line, ran, err, text, out)
	}
	return code, string(out)
}

// probesIn are the commands of a script that run tlsprobe.
func probesIn(script string) (list []string) {
	for line := range strings.Lines(script) {
		if strings.HasPrefix(line, "tlsprobe ") {
			list = append(list, strings.TrimSpace(line))
		}
	}
	return list
}

func TestTheWorkflowOfGitHubWorks(t *testing.T) {
	blocks, _ := ciDocument(t)
	r, text, _ := newRepository(t, blocks)
	var w workflow
	strict(t, text, &w)
	job := w.Jobs["audit"]
	if w.Name == "" || w.On["schedule"] == nil || w.On["pull_request"] == nil || job.RunsOn == "" || w.Permissions["security-events"] != "write" || w.Permissions["contents"] != "read" {
		t.Fatalf("it lacks what GitHub needs: %+v", w)
	}
	ran, uploaded, annotations := 0, "", ""
	for _, step := range job.Steps {
		if (step.Uses == "") == (step.Run == "") {
			t.Errorf("a step uses an action or runs a script: %+v", step)
		}
		if step.Uses != "" && !regexp.MustCompile(`^[a-z-]+(/[a-z-]+)+@v\d+$`).MatchString(step.Uses) {
			t.Errorf("no name of an action: %s", step.Uses)
		}
		if strings.Contains(step.Uses, "upload-sarif") {
			uploaded = step.With["sarif_file"]
		}
		if ran > 0 && !strings.HasPrefix(step.If, "always()") {
			t.Errorf("a step that is left out if a rule is broken: %+v", step)
		}
		for _, line := range probesIn(step.Run) {
			ran++
			_, out := r.run(line)
			annotations += out
			// The others have all that they print from the first.
			_ = r.server.Close()
		}
	}
	var sarif struct {
		Version string
		Runs    []struct{ Results []any }
	}
	if err := json.Unmarshal(r.read(uploaded), &sarif); err != nil || sarif.Version != "2.1.0" || len(sarif.Runs) != 1 || len(sarif.Runs[0].Results) == 0 {
		t.Errorf("%v: %+v", err, sarif)
	}
	if !strings.Contains(string(r.read("summary.md")), "| ") || !strings.Contains(annotations, "\n::error ") && !strings.HasPrefix(annotations, "::error ") {
		t.Errorf("a summary\n%s\nand annotations\n%s", r.read("summary.md"), annotations)
	}
	if ran != 3 {
		t.Errorf("%d commands", ran)
	}
}

func TestTheJobOfGitLabWorks(t *testing.T) {
	blocks, _ := ciDocument(t)
	r, _, text := newRepository(t, blocks)
	var jobs map[string]pipelineJob
	strict(t, text, &jobs)
	job := jobs["tls"]
	if len(jobs) != 1 || job.Image == "" || len(job.Rules) == 0 || job.Artifacts.When != "always" {
		t.Fatalf("it lacks what GitLab needs: %+v", jobs)
	}
	ran := 0
	for _, line := range probesIn(strings.Join(job.Script, "\n")) {
		ran++
		r.run(line)
	}
	var suites struct {
		XMLName xml.Name `xml:"testsuites"`
		Suites  []struct {
			Cases []struct{} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(r.read(job.Artifacts.Reports.JUnit), &suites); err != nil || len(suites.Suites) != 1 || len(suites.Suites[0].Cases) == 0 || ran != 1 {
		t.Errorf("%v, %d commands: %+v", err, ran, suites)
	}
}

func TestTheOtherCommandsForCIWork(t *testing.T) {
	blocks, commands := ciDocument(t)
	r, _, _ := newRepository(t, blocks)
	for _, line := range commands {
		code, out := r.run(line)
		if strings.Contains(line, "--baseline") && (code != exitOK || !strings.Contains(out, "KNOWN")) {
			t.Errorf("exit code %d for what is in the baseline\n%s", code, out)
		}
	}
	if text := string(r.read("tls.prom")); len(commands) != 3 || !strings.Contains(text, "\n# TYPE ") {
		t.Errorf("%d commands\n%s", len(commands), text)
	}
}
