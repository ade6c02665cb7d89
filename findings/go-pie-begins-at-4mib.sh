#!/usr/bin/env bash
# Where does a position-independent executable of Go believe that it begins?
#
# Expected: at 0, as those of ld, gold and lld do, so that the address of its first mapping is what is to be added to a
# symbol's. Seen: Go's own linker puts the first segment of a PIE at 0x400000, as if it were not position-independent.
# The same program, linked by the C compiler's linker, begins at 0. Why it surprises: the kernel honours both, and most
# code that turns addresses of a running program into symbols takes the start of the first mapping for the load bias;
# here it is 4 MiB too high, and right again as soon as cgo changes the linker. Version: Go 1.25.9, linux/amd64; the
# machine's own C compiler for the second.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'C'
package main

import (
	"bufio"
	"debug/elf"
	"fmt"
	"os"
	"strings"
)

func here() {}

func main() {
	file, err := elf.Open("/proc/self/exe")
	if err != nil {
		panic(err)
	}
	var first uint64
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_LOAD {
			first = segment.Vaddr
			break
		}
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		panic(err)
	}
	var mapped uint64
	for lines := bufio.NewScanner(maps); lines.Scan(); { // the heap can come before the program
		if strings.HasSuffix(lines.Text(), "/where") {
			fmt.Sscanf(lines.Text(), "%x-", &mapped)
			break
		}
	}
	symbols, err := file.Symbols()
	if err != nil {
		panic(err)
	}
	for _, symbol := range symbols {
		if symbol.Name == "main.main" {
			fmt.Printf("%v, first segment at %#x; first mapping + symbol - main.main = %#x\n", file.Type, first, mapped+symbol.Value-address(main))
		}
	}
}
C
cat >address.go <<'C'
package main

import "reflect"

func address(function func()) uint64 { return uint64(reflect.ValueOf(function).Pointer()) }
C
sed -i '/^func here/,+1d' main.go
printf 'module where\n\ngo 1.21\n' >go.mod
export GOMODCACHE=$dir/modules GOCACHE=$dir/cache GOFLAGS= GOTOOLCHAIN=go1.25.9
for linker in internal external; do
	CGO_ENABLED=$([ $linker = external ] && echo 1 || echo 0) go build -buildmode=pie -ldflags=-linkmode=$linker -o where . 2>download || { cat download >&2; exit 1; }
	echo "$linker linker: $(./where)"
done | tee seen
diff seen - <<'C'
internal linker: ET_DYN, first segment at 0x400000; first mapping + symbol - main.main = 0x400000
external linker: ET_DYN, first segment at 0x0; first mapping + symbol - main.main = 0x0
C
