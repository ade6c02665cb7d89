package record

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Arguments is a command line. Arguments are bytes, not text: in JSON one that is not UTF-8 is written as {"base64":
// "..."}.
type Arguments []string

type rawArgument struct {
	Base64 []byte `json:"base64"`
}

// MarshalJSON writes an array of strings, and of objects where a string would not do.
func (a Arguments) MarshalJSON() ([]byte, error) {
	list := make([]any, len(a))
	for i, s := range a {
		if utf8.ValidString(s) {
			list[i] = s
		} else {
			list[i] = rawArgument{[]byte(s)}
		}
	}
	return json.Marshal(list)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (a *Arguments) UnmarshalJSON(b []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(b, &list); err != nil {
		return fmt.Errorf("command is not a list: %w", err)
	}
	*a = make(Arguments, len(list))
	for i, item := range list {
		if json.Unmarshal(item, &(*a)[i]) == nil {
			continue
		}
		var raw rawArgument
		if err := json.Unmarshal(item, &raw); err != nil {
			return fmt.Errorf("argument %d of command: %w", i, err)
		}
		(*a)[i] = string(raw.Base64)
	}
	return nil
}
