package asking

import (
	"os"

	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/usage"
	"tracer/record"
)

// Open opens a recording by its name, or the one in standard input.
func Open(s *output.Streams, path string) (*record.Recording, error) {
	switch path {
	case "":
		return nil, usage.New(s.Words.Usage.RecordingUnnamed)
	case output.Standard:
		return record.RecordingIn(s.In, "standard input")
	}
	return record.OpenRecording(path)
}

// OpenToReread opens one likewise that can be read more than once.
func OpenToReread(s *output.Streams, path string) (*record.Recording, error) {
	f := s.In
	if path != output.Standard {
		info, err := os.Stat(path)
		if err != nil || info.Mode().IsRegular() {
			return Open(s, path)
		}
		if f, err = os.Open(path); err != nil {
			return nil, err
		}
	}
	f, err := record.Kept(f)
	if err != nil {
		return nil, err
	}
	return record.RecordingIn(f, path)
}
