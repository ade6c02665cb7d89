package probes

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"tracer/bpf"
	"tracer/event"
)

// greenletPoints are the functions of greenlet's extension module where coroutines are seen, by the beginning of their mangled names:
// the types of the arguments differ from version to version. An end does not tell of whom it is: that is known from the switches, so it
// stands after them and is nothing without them.
var greenletPoints = []struct{ program, prefix, what string }{
	{bpf.TracerProgGreenletSpawn, "_ZN8greenlet12UserGreenletC2E", "creations"},
	{bpf.TracerProgGreenletSwitch, "_ZN8greenlet8Greenlet13g_switchstackEv", "switches"},
	{bpf.TracerProgGreenletFinish, "_ZN8greenlet11PythonState10did_finishE", "ends"},
	{bpf.TracerProgGreenletDrop, "_ZN8greenlet12UserGreenletD0Ev", "those that were never started and are dropped"},
}

var pythonName = regexp.MustCompile(`^python[0-9.]*$`)

// findGreenlets gives the places in every greenlet that the command could import, if it is a Python program. The interpreter is not
// asked where it would look, because that would run the user's code as root.
func findGreenlets(c Command) ([]uprobe, error) {
	python := interpreterOf(c, c.Path)
	target, err := filepath.EvalSymlinks(python)
	if err != nil || !pythonName.MatchString(filepath.Base(target)) {
		return nil, nil
	}
	var places []uprobe
	for _, module := range greenletModules(c, python, target) {
		found, err := greenletPlaces(module)
		places = append(places, found...)
		if err != nil {
			return places, err
		}
	}
	return places, nil
}

// greenletModules gives the extension modules named greenlet/_greenlet in the folders of Python's search path: the program's own folder,
// PYTHONPATH, and those of the installation, a virtual environment and the user.
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
	for _, root := range []string{filepath.Dir(filepath.Dir(python)), filepath.Dir(filepath.Dir(target)), "/usr", "/usr/local", filepath.Join(home, ".local")} {
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

// mappedGreenlets gives the extension modules that a running process has loaded, by a path that leads into its own mounts.
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
		if filepath.Base(folder) == "greenlet" && strings.HasPrefix(name, "_greenlet") && !slices.Contains(modules, module) {
			modules = append(modules, module)
		}
	}
	return modules
}

// greenletPlaces finds what there is of the functions. What is missing is told: then it is not seen.
func greenletPlaces(module string) ([]uprobe, error) {
	x, err := openExecutable(module)
	if err != nil {
		return nil, fmt.Errorf("the coroutines of greenlet are not seen: read %s: %w", module, err)
	}
	defer x.Close()
	functions, err := x.functions(func(name string) bool { return strings.HasPrefix(name, "_ZN8greenlet") })
	if err != nil {
		return nil, fmt.Errorf("the coroutines of greenlet are not seen: %w", err)
	}
	var places []uprobe
	var missing []string
	for _, point := range greenletPoints {
		address := uint64(0)
		for name, at := range functions {
			if strings.HasPrefix(name, point.prefix) && !strings.Contains(name, ".") { // a dot: a part that the compiler split off
				address = at
			}
		}
		place, err := x.place(point.program, address)
		blind := point.program == bpf.TracerProgGreenletFinish && slices.Contains(missing, greenletPoints[1].what)
		if address == 0 || err != nil || blind {
			missing = append(missing, point.what)
			continue
		}
		places = append(places, place)
	}
	if len(missing) > 0 {
		return places, fmt.Errorf("of the coroutines of greenlet these are not seen: %s; %s does not export the functions", strings.Join(missing, ", "), module)
	}
	return places, nil
}
