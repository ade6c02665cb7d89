#!/usr/bin/env bash
# Ruby 3.1 is told trap("CHLD", "IGNORE"). Does it ignore SIGCHLD?
#
# Expected: as in C, Perl or Python, the kernel has SIGCHLD at SIG_IGN, reaps the children itself, and system() cannot
# tell a status. Seen: SIGCHLD is caught, not ignored. Ruby waits for every child itself and drops what it learns, so no
# zombie is left, but the children are notified of and waited for, and programs that it executes do not inherit an
# ignored SIGCHLD. system("false") is nil, which is Ruby's word for "could not be executed", and $? names process -1
# with exit code 1. Why it surprises: from outside the trap looks as if it had never been set, and yet no child is ever
# found as a zombie. Version: Ruby 3.1.2 of Debian 12, amd64.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
version=3.1.7+really3.1.2-0+deb12u1
apt-get -o APT::Sandbox::User=root download -qq ruby3.1=$version libruby3.1=$version libgmp10=2:6.2.1+dfsg1-1.1
for package in *.deb; do dpkg-deb -x "$package" root; done
cat >trap.rb <<'C'
def sigchld(set)
  File.read("/proc/self/status")[/^#{set}:\s*(\h+)/, 1].to_i(16)[16] == 1
end
trap("CHLD", "IGNORE")
puts "ignored: #{sigchld("SigIgn")}, caught: #{sigchld("SigCgt")}"
child = fork { exit! 3 }
Thread.pass while File.exist?("/proc/#{child}")
puts "the child is gone, and nothing waited for it"
p system("false")
puts "process #{$?.pid}, exit code #{$?.exitstatus}"
C
lib=$dir/root/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$lib RUBYLIB=$dir/root/usr/lib/ruby/3.1.0:$lib/ruby/3.1.0 timeout 60 root/usr/bin/ruby3.1 --disable=gems trap.rb | tee seen
diff seen - <<'C'
ignored: false, caught: true
the child is gone, and nothing waited for it
nil
process -1, exit code 1
C
