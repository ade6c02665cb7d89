package show

import (
	"io"

	"tracer/event"
	"tracer/export"
	"tracer/record"
	"tracer/viewer"
)

// Picture writes the screen's cells after the first events of a recording, so many or 0 for all.
func Picture(w io.Writer, r *record.Recording, at uint64, o viewer.ShotOptions) error {
	o.Where = where
	var events []event.Event
	if err := export.Each(r, func(e *event.Event) error {
		if at == 0 || uint64(len(events)) < at {
			events = append(events, *e)
		}
		return nil
	}); err != nil {
		return err
	}
	_, err := w.Write(viewer.Shot([][]event.Event{events}, o))
	return err
}
