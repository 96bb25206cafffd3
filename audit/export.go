package audit

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
)

// WriteLines writes events as JSON, one event a line.
func WriteLines(w io.Writer, events []Event) error {
	return writeLines(w, events, func(e Event) any { return e })
}

// CloudEvent is an event in the JSON format of CloudEvents 1.0
// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
type CloudEvent struct {
	SpecVersion     string `json:"specversion"`
	ID              string `json:"id"`     // with Source, unique for ever
	Source          string `json:"source"` // the workflow
	Type            string `json:"type"`   // novaflow.run.STATE, novaflow.task.STATE or novaflow.verb.VERB
	Subject         string `json:"subject,omitempty"`
	Time            string `json:"time"`
	DataContentType string `json:"datacontenttype"`
	Data            Event  `json:"data"`
}

// NewCloudEvent returns an event for systems that accept CloudEvents. Its subject is the
// task.
func NewCloudEvent(e Event) CloudEvent {
	what := "task"
	switch {
	case isVerb(e.To):
		what = "verb"
	case e.Task == "":
		what = "run"
	}
	return CloudEvent{
		SpecVersion: "1.0", ID: e.ID,
		Source:  "/novaflow/" + url.PathEscape(e.Workflow),
		Type:    fmt.Sprintf("novaflow.%s.%s", what, e.To),
		Subject: e.Task, Time: e.Time.UTC().Format("2006-01-02T15:04:05.999999999Z07:00"),
		DataContentType: "application/json", Data: e,
	}
}

// WriteCloudEvents writes events as CloudEvents, one event a line.
func WriteCloudEvents(w io.Writer, events []Event) error {
	return writeLines(w, events, func(e Event) any { return NewCloudEvent(e) })
}

// writeLines writes events in a form that encodes as JSON, one event a line.
func writeLines(w io.Writer, events []Event, form func(Event) any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for _, e := range events {
		if err := encoder.Encode(form(e)); err != nil {
			return err
		}
	}
	return nil
}
