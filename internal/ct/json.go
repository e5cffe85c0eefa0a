package ct

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Bounds on a list that is read. Google's list of all logs has 110 kB and 180 logs.
const (
	maxListSize = 8 << 20
	maxLogs     = 4096
	maxText     = 200 // bytes of a name or URL
)

// The form of Google's list, version 3: www.gstatic.com/ct/log_list/v3/log_list_schema.json. What isn't used here is left out.
type (
	listJSON struct {
		Version   string         `json:"version"`
		Timestamp time.Time      `json:"log_list_timestamp"`
		Operators []operatorJSON `json:"operators"`
	}
	operatorJSON struct {
		Name  string    `json:"name"`
		Logs  []logJSON `json:"logs"`
		Tiled []logJSON `json:"tiled_logs"`
	}
	logJSON struct {
		Description   string                 `json:"description"`
		ID            []byte                 `json:"log_id"`
		Key           []byte                 `json:"key"`
		URL           string                 `json:"url"`
		SubmissionURL string                 `json:"submission_url"`
		Kind          string                 `json:"log_type"`
		State         map[string]stampJSON   `json:"state"`
		Interval      *intervalJSON          `json:"temporal_interval"`
		Previous      []previousOperatorJSON `json:"previous_operators"`
	}
	stampJSON struct {
		Timestamp time.Time `json:"timestamp"`
	}
	intervalJSON struct {
		Start time.Time `json:"start_inclusive"`
		End   time.Time `json:"end_exclusive"`
	}
	previousOperatorJSON struct {
		Name string    `json:"name"`
		End  time.Time `json:"end_time"`
	}
)

// ReadLogs reads a list of logs in the form of Google's version 3 (log_list.json or all_logs_list.json), at most 8 MiB. Every
// log's identifier must be the hash of its key. The errors say which log isn't as it should be, and how.
func ReadLogs(r io.Reader) (*Logs, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxListSize+1))
	if err != nil {
		return nil, fmt.Errorf("reading the list of logs: %w", err)
	}
	if len(data) > maxListSize {
		return nil, fmt.Errorf("the list of logs has more than %d bytes", maxListSize)
	}
	var read listJSON
	if err := json.Unmarshal(data, &read); err != nil {
		return nil, fmt.Errorf("the list of logs isn't in the form of Google's version 3: %w", err)
	}
	if read.Timestamp.IsZero() {
		return nil, errors.New("the list of logs has no log_list_timestamp: it isn't in the form of Google's version 3")
	}
	list := &Logs{Version: clip(read.Version), Date: read.Timestamp.UTC(), Source: "a file"}
	for _, o := range read.Operators {
		for i := range o.Logs {
			if err := list.take(o.Name, &o.Logs[i], false); err != nil {
				return nil, err
			}
		}
		for i := range o.Tiled {
			if err := list.take(o.Name, &o.Tiled[i], true); err != nil {
				return nil, err
			}
		}
	}
	if len(list.logs) == 0 {
		return nil, errors.New("the list of logs is empty")
	}
	return list, nil
}

// take adds a log as it was read.
func (l *Logs) take(operator string, read *logJSON, tiled bool) error {
	log, err := read.log(operator, tiled)
	switch {
	case err != nil:
		return fmt.Errorf("the log %q: %w", clip(read.Description), err)
	case len(l.logs) == maxLogs:
		return fmt.Errorf("the list has more than %d logs", maxLogs)
	case !l.add(log):
		return fmt.Errorf("the log %q stands there twice", clip(read.Description))
	}
	return nil
}

func (j *logJSON) log(operator string, tiled bool) (Log, error) {
	log := Log{Key: j.Key, Description: clip(j.Description), Operator: clip(operator), URL: clip(j.URL), Tiled: tiled}
	if tiled {
		log.URL = clip(j.SubmissionURL)
	}
	log.ID = sha256.Sum256(j.Key)
	if string(j.ID) != string(log.ID[:]) {
		return Log{}, fmt.Errorf("its log_id %x isn't the SHA-256 of its key, %s", j.ID[:min(len(j.ID), len(log.ID))], log.ID)
	}
	var ok bool
	if log.Kind, ok = parseKind(j.Kind); !ok {
		return Log{}, fmt.Errorf("the log_type %q isn't known", clip(j.Kind))
	}
	if len(j.State) > 1 {
		return Log{}, errors.New("it has several states")
	}
	for word, stamp := range j.State {
		if log.State, ok = parseState(word); !ok {
			return Log{}, fmt.Errorf("the state %q isn't known", clip(word))
		}
		if log.Since = stamp.Timestamp.UTC(); log.Since.IsZero() {
			return Log{}, errors.New("its state has no timestamp")
		}
	}
	if j.Interval != nil {
		log.From, log.To = j.Interval.Start.UTC(), j.Interval.End.UTC()
	}
	for _, p := range j.Previous {
		log.Previous = append(log.Previous, PreviousOperator{clip(p.Name), p.End.UTC()})
	}
	return log, nil
}

// clip cuts a text that is too long.
func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + "…"
}
