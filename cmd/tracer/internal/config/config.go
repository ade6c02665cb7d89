// Package config reads the file in which a user keeps how the screen looks and which keys it has.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"tracer/cmd/tracer/internal/usage"
	"tracer/query"
	"tracer/viewer"
	"tracer/words"
)

// Config is what the file says.
type Config struct {
	Theme     *viewer.Theme // nil: nothing of it
	ASCII     bool
	Projector bool
	Keys      viewer.Keys
}

// Path is where the file is, by the XDG Base Directory Specification; "": nowhere, since nobody's home is known.
func Path(getenv func(string) string) string {
	return ours(getenv, "XDG_CONFIG_HOME", ".config", "config.yaml")
}

// ours is the path of a file of tracer's in the folder that a variable names, or in one below the home.
func ours(getenv func(string) string, variable, folder, name string) string {
	base := getenv(variable)
	if !filepath.IsAbs(base) { // is to be ignored
		if base = getenv("HOME"); base == "" {
			return ""
		}
		base = filepath.Join(base, folder)
	}
	return filepath.Join(base, "tracer", name)
}

// Read reads the file, if there is one. The error names the first mistake in it by its line, and is one of usage.
func Read(path string) (*Config, error) {
	switch about, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		// As who called sudo one may not even look into root's home: whatever is there is not for this user.
		return &Config{}, nil
	case err == nil && about.Mode().IsRegular():
	case err == nil:
		err = fs.ErrInvalid
		fallthrough
	default:
		return nil, notRead(path, err)
	}
	document, err := os.ReadFile(path)
	if err != nil {
		return nil, notRead(path, err)
	}
	return parse(path, document)
}

func notRead(path string, err error) error {
	var at *os.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return usage.Wrap(words.About(err, func(l *words.Language, reason string) string {
		return l.Config.NotRead(strconv.Quote(path), reason)
	}))
}

func parse(path string, document []byte) (*Config, error) {
	r := &reader{config: &Config{Keys: viewer.Keys{}}}
	file, err := parser.ParseBytes(document, 0)
	if err == nil {
		for _, one := range file.Docs {
			if err = r.settings(one.Body); err != nil {
				break
			}
		}
		if err == nil {
			err = r.conflicts()
		}
	}
	var syntax yaml.Error
	var here *mistake
	switch {
	case err == nil:
		return r.config, nil
	case errors.As(err, &here):
	case errors.As(err, &syntax):
		here = &mistake{syntax.GetToken().Position.Line,
			func(*words.Language) string { return syntax.GetMessage() }}
	default:
		here = &mistake{1, func(*words.Language) string { return err.Error() }}
	}
	return nil, usage.Wrap(words.Saying(func(l *words.Language) string {
		return fmt.Sprintf("%s:%d%s%s", path, here.line, l.Punctuation.Colon, here.say(l))
	}))
}

// A mistake is what is wrong at a line.
type mistake struct {
	line int
	say  words.Message
}

func (m *mistake) Error() string { return m.say(words.English()) }

func wrong(at ast.Node, say words.Message) error { return &mistake{at.GetToken().Position.Line, say} }

// reader takes in a file.
type reader struct {
	config  *Config
	actions []ast.Node // as they are written, in their order
}

func (r *reader) settings(body ast.Node) error {
	return each(body, func(key, value ast.Node) error {
		name := scalar(key)
		switch name {
		case "theme":
			theme, err := viewer.ThemeByName(scalar(value))
			if err != nil {
				return wrong(value, func(l *words.Language) string { return name + l.Punctuation.Colon + l.Error(err) })
			}
			r.config.Theme = theme
		case "ascii", "projector":
			on, is := value.(*ast.BoolNode)
			if !is {
				return wrong(value, func(l *words.Language) string { return l.Config.NotTrueOrFalse(name) })
			}
			if name == "ascii" {
				r.config.ASCII = on.Value
			} else {
				r.config.Projector = on.Value
			}
		case "keys":
			return each(value, r.action)
		default:
			return wrong(key, func(l *words.Language) string {
				return l.Config.UnknownSetting(strconv.Quote(name), meant(l, name,
					[]string{"theme", "ascii", "projector", "keys"}))
			})
		}
		return nil
	})
}

// action takes the keys of one.
func (r *reader) action(key, value ast.Node) error {
	name, all := scalar(key), names()
	if !all[name] {
		return wrong(key, func(l *words.Language) string {
			return l.Config.UnknownAction(strconv.Quote(name), meant(l, name, slices.Collect(maps.Keys(all))))
		})
	}
	given := []ast.Node{value}
	if several, is := value.(*ast.SequenceNode); is {
		given = several.Values
	}
	if len(given) == 0 {
		return wrong(value, func(l *words.Language) string { return l.Config.NoKey(name) })
	}
	for _, one := range given {
		pressed := scalar(one)
		if !viewer.IsKey(pressed) {
			return wrong(one, func(l *words.Language) string { return unknownKey(l, pressed) })
		}
		r.config.Keys[name] = append(r.config.Keys[name], pressed)
	}
	r.actions = append(r.actions, key)
	return nil
}

// conflicts refuses a key that would mean two things. Of two lines the second is named.
func (r *reader) conflicts() error {
	seen := map[string]bool{}
	for _, at := range r.actions {
		name := scalar(at)
		seen[name] = true
		key, other := r.config.Keys.Conflict(name)
		if key == "" || r.config.Keys[other] != nil && !seen[other] {
			continue
		}
		return wrong(at, func(l *words.Language) string {
			if other == "" {
				return l.Config.Digit(name, key)
			}
			return l.Config.Taken(name, key, other)
		})
	}
	return nil
}

func unknownKey(l *words.Language, name string) string {
	all := viewer.KeyNames()
	if similar := query.Nearest(name, all); similar != "" {
		return l.Config.UnknownKey(strconv.Quote(name), l.Queries.Meant(similar))
	}
	return l.Config.UnknownKey(strconv.Quote(name), l.Config.KeysAre(strings.Join(all, ", ")))
}

// meant says which name was, or where all are.
func meant(l *words.Language, name string, all []string) string {
	if similar := query.Nearest(name, all); similar != "" {
		return l.Queries.Meant(similar)
	}
	return l.Config.Listed
}

// names are those of all actions. A file without keys needs none.
var names = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, a := range viewer.Actions(words.English(), nil) {
		all[a.Name] = true
	}
	return all
})

// each goes over what a node maps; nothing is mapped by one that is left empty.
func each(node ast.Node, take func(key, value ast.Node) error) error {
	switch n := node.(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.MappingValueNode:
		return take(n.Key, n.Value)
	case *ast.MappingNode:
		for _, v := range n.Values {
			if err := take(v.Key, v.Value); err != nil {
				return err
			}
		}
		return nil
	}
	return wrong(node, func(l *words.Language) string { return l.Config.NoMapping })
}

// scalar is a value as it is written, such as the key 0 or ~; "": it is none.
func scalar(node ast.Node) string {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.MergeKeyNode:
		return n.GetToken().Value
	}
	return ""
}
