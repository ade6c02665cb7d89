package output

import (
	"io"
	"strings"

	"tracer/words"
)

// TellErrors writes a message for an error, and for each of those that errors.Join put together.
func TellErrors(w io.Writer, l *words.Language, err error) {
	for _, e := range joined(err) {
		Tell(w, l.Error(e))
	}
}

// joined takes errors apart that errors.Join put together.
func joined(err error) []error {
	if of, ok := err.(interface{ Unwrap() error }); ok && of.Unwrap() != nil && of.Unwrap().Error() == err.Error() {
		if parts := joined(of.Unwrap()); len(parts) > 1 { // what is around it says nothing more
			return parts
		}
	}
	list, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var parts []error
	for _, e := range list.Unwrap() {
		parts = append(parts, joined(e)...)
	}
	var all []string
	for _, e := range parts {
		all = append(all, e.Error())
	}
	if strings.Join(all, "\n") != err.Error() { // it says more than its parts
		return []error{err}
	}
	return parts
}
