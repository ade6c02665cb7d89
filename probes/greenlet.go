package probes

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"tracer/bpf"
	"tracer/event"
	"tracer/words"
)

// greenletPoints are the functions of greenlet's extension module where coroutines are seen, by the beginning of their
// mangled names: the types of the arguments differ from version to version. An end does not tell of whom it is: that is
// known from the switches, so it stands after them and is nothing without them.
var greenletPoints = []greenletPoint{
	{bpf.TracerProgGreenletSpawn, "_ZN8greenlet12UserGreenletC2E",
		func(l *words.Language) string { return l.Notices.GreenletStarts }},
	{bpf.TracerProgGreenletSwitch, "_ZN8greenlet8Greenlet13g_switchstackEv",
		func(l *words.Language) string { return l.Notices.GreenletSwitches }},
	{bpf.TracerProgGreenletFinish, "_ZN8greenlet11PythonState10did_finishE",
		func(l *words.Language) string { return l.Notices.GreenletEnds }},
	{bpf.TracerProgGreenletDrop, "_ZN8greenlet12UserGreenletD0Ev",
		func(l *words.Language) string { return l.Notices.GreenletDrops }},
}

type greenletPoint struct {
	program, prefix string
	what            words.Message
}

var pythonName = regexp.MustCompile(`^python[0-9.]*$`)

// greenlets finds the places in every greenlet that the command could import, if it is a Python program. The
// interpreter is not asked where it would look, because that would run the user's code as root.
func (s *search) greenlets(c Command) error {
	for _, module := range greenletsOf(c) {
		if err := s.greenlet(module); err != nil {
			return err
		}
	}
	return nil
}

// greenletsOf returns the extension modules that a command could import, if it is a Python program.
func greenletsOf(c Command) []string {
	python := interpreterOf(c, c.Path)
	target, err := filepath.EvalSymlinks(python)
	if err != nil || !pythonName.MatchString(filepath.Base(target)) {
		return nil
	}
	return greenletModules(c, python, target)
}

// greenletModules returns the extension modules named greenlet/_greenlet in the folders of Python's search path: the
// program's own folder, PYTHONPATH, and those of the installation, a virtual environment and the user.
func greenletModules(c Command, python, target string) []string {
	folders := filepath.SplitList(c.variable("PYTHONPATH"))
	folders = append(folders, c.Dir, ".")
	for _, argument := range c.Args {
		if strings.HasSuffix(argument, ".py") {
			folders = append(folders, filepath.Join(c.Dir, filepath.Dir(argument)), filepath.Dir(argument))
		}
	}
	home := ""
	if c.User != nil {
		home = c.User.Home
	} else {
		home, _ = os.UserHomeDir()
	}
	for _, root := range []string{filepath.Dir(filepath.Dir(python)), filepath.Dir(filepath.Dir(target)), "/usr",
		"/usr/local", filepath.Join(home, ".local")} {
		for _, kind := range []string{"site-packages", "dist-packages"} {
			for _, lib := range []string{"lib", "lib64"} {
				found, _ := filepath.Glob(filepath.Join(root, lib, "python3*", kind)) // the pattern is right
				folders = append(folders, found...)
			}
		}
	}
	var modules []string
	for _, folder := range folders {
		found, _ := filepath.Glob(filepath.Join(folder, "greenlet", "_greenlet*.so"))
		for _, module := range found {
			if module, err := filepath.EvalSymlinks(module); err == nil && !slices.Contains(modules, module) {
				modules = append(modules, module)
			}
		}
	}
	return modules
}

// mappedGreenlets returns the extension modules that a running process has loaded, by a path that leads into its own
// mounts.
func mappedGreenlets(pid event.PID) (modules []string) {
	maps, err := os.ReadFile(proc(pid, "maps"))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(maps)) {
		at := strings.IndexByte(line, '/')
		if at < 0 {
			continue
		}
		module := proc(pid, filepath.Join("root", strings.TrimSuffix(line[at:], "\n")))
		folder, name := filepath.Split(module)
		if filepath.Base(folder) == "greenlet" && strings.HasPrefix(name, "_greenlet") &&
			!slices.Contains(modules, module) {
			modules = append(modules, module)
		}
	}
	return modules
}

func isGreenletPoint(name string) bool {
	return !strings.Contains(name, ".") && // a dot: a part that the compiler split off
		slices.ContainsFunc(greenletPoints, func(p greenletPoint) bool { return strings.HasPrefix(name, p.prefix) })
}

// greenlet finds what there is of the functions in a module. What is missing is told: then it is not seen.
func (s *search) greenlet(module string) error {
	x, err := s.open(module)
	if err != nil {
		return &words.Error{Say: func(l *words.Language) string {
			return l.Notices.GreenletUnreadable(module, l.Error(err))
		}, Err: err}
	}
	functions, err := x.functions(isGreenletPoint)
	if err != nil {
		return &words.Error{Say: func(l *words.Language) string {
			return l.Notices.GreenletUnreadable(module, l.Error(err))
		}, Err: err}
	}
	var missing []greenletPoint
	for _, point := range greenletPoints {
		var addresses []uint64
		for name, at := range functions {
			if strings.HasPrefix(name, point.prefix) && !slices.Contains(addresses, at) {
				addresses = append(addresses, at)
			}
		}
		if len(addresses) != 1 {
			missing = append(missing, point)
			continue
		}
		place, err := x.place(point.program, addresses[0])
		blind := point.program == bpf.TracerProgGreenletFinish &&
			slices.ContainsFunc(missing,
				func(p greenletPoint) bool { return p.program == bpf.TracerProgGreenletSwitch })
		if err != nil || blind {
			missing = append(missing, point)
			continue
		}
		s.places = append(s.places, place)
	}
	if len(missing) > 0 {
		return &words.Error{Say: func(l *words.Language) string {
			var names []string
			for _, p := range missing {
				names = append(names, p.what(l))
			}
			return l.Notices.GreenletPartlyUnseen(strings.Join(names, l.Punctuation.Comma), module)
		}}
	}
	return nil
}
