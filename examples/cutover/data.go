package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"

	"github.com/readdress-go/readdress/refresh"
)

//go:embed data
var files embed.FS

// snapshot is what both directories held when the job was stored.
type snapshot struct {
	Source []refresh.Mailbox `json:"source"`
	Target []refresh.Mailbox `json:"target"`
}

// load reads the stored job and the snapshot.
func load() (refresh.Job, snapshot, error) {
	var snap snapshot
	file, err := files.Open("data/job.json")
	if err != nil {
		return refresh.Job{}, snap, err
	}
	defer file.Close()
	job, err := refresh.ReadJob(file)
	if err != nil {
		return refresh.Job{}, snap, err
	}
	data, err := files.ReadFile("data/directory.json")
	if err != nil {
		return refresh.Job{}, snap, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&snap); err != nil {
		return refresh.Job{}, snap, fmt.Errorf("data/directory.json: %w", err)
	}
	return job, snap, nil
}
