#!/bin/bash
# Runs every test: Tests/run.sh [--full]. Says first what it will do, install and need.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../packaging/setup.sh"
cd "$top"

usage() {
    say "Tests/run.sh [--full]
Runs every test of vfio-rebind: lint, release build, unit tests, command line, packages, lab, benchmarks; with
--full the fuzzers too, and the unit tests under the address and the thread sanitizer.
--full  the counts that the project asks for, and every figure; without it a tenth of the large counts"
}

full=''
for word in "$@"; do
    case $word in
    --full) full=1 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 64 ;;
    esac
done

# Unit tests multiply their large counts by the first; the second counts the scripts that Simulator and kernel both run.
export VFIO_REBIND_TEST_SCALE=$((full ? 10 : 1)) VFIO_REBIND_SCRIPTS=$((full ? 200 : 20))
export VFIO_REBIND_BINARY=$release_binary
export SWIFT_BACKTRACE=enable=no # a program that traps would otherwise keep a pipe open for minutes

test_packages="umockdev /usr/bin/umockdev-wrapper
valgrind /usr/bin/valgrind
strace /usr/bin/strace
jq /usr/bin/jq
zsh /usr/bin/zsh
fish /usr/bin/fish
graphviz /usr/bin/dot
libvirt-clients /usr/bin/virt-xml-validate
libvirt0 /usr/share/libvirt/schemas/domain.rng
libxml2-utils /usr/bin/xmllint
binutils /usr/bin/strip
util-linux /usr/bin/unshare
debhelper /usr/bin/dh
lintian /usr/bin/lintian
rpm /usr/bin/rpmbuild
rpmlint /usr/bin/rpmlint
chrpath /usr/bin/chrpath
groff /usr/bin/groff
mandoc /usr/bin/mandoc
man-db /usr/bin/man"

say "This runs every test of vfio-rebind${full:+, with all counts (--full)}, one part after the other:
  lint          swift format lint --strict, and the imports that Sources/layers.txt allows
  build         the release, with Swift's library linked statically
  unit          swift test; libudev's part over umockdev$([ ! "$full" ] || say '
  address       the unit tests under the address sanitizer
  thread        the unit tests under the thread sanitizer
  fuzz          1,000,000 random inputs for each reader of text that others write')
  command-line  the release binary over made-up roots
  packages      the .deb and the .rpm of that binary, lintian and rpmlint; manual pages, units
  image         Debian 12 with its kernel, for the lab; kept, so built once
  lab           the program in a virtual machine: real kernel, real udev, real hot-plug, in QEMU without KVM
  benchmarks    figures beside their peers; times are shown, limits of counts hold$([ "$full" ] || say ', a short selection')
Nothing writes to /sys of this machine; what writes for real writes in the virtual machine.
It installs  Debian packages that are missing, by apt-get: libudev-dev, umockdev, valgrind, strace, debhelper, lintian, rpm, QEMU, mmdebstrap …
It needs     Swift 6.2 or later; root where packages are missing or the image is not built; the network the first time;
             4 GB of memory, 4 GB of disk; $(
    if [ "$full" ]; then say 'about two hours'; else say '10 to 20 minutes'; fi) on 2 cores.
It keeps     .build/ in this folder, and $VFIO_REBIND_CACHE (about 2 GB; remove it whenever you like)."
headline "what is needed"
at_exit "$(mktemp -d -t rebind-tests.XXXXXX)"
export TMPDIR=$temporary_folder
find_swift
install_packages "$build_packages
$lab_packages
$test_packages"
check_lab_rights

# pytest may be there for one Python and not for the other.
python=python3
"$python" -c 'import pytest' 2>/dev/null || python=/usr/bin/python3

results=$top/.build/tests
rm -rf "$results"
mkdir -p "$results" "$VFIO_REBIND_CACHE"

parts=() passed=0 failed=0
declare -A verdicts=() failures=()

# settle PART STATUS BEGAN [FILE…]: remembers how a part ended; with files, they hold its tests.
settle() {
    local part=$1 status=$2 began=$3 counts right=0 wrong=0
    shift 3
    parts+=("$part")
    if [ $# -gt 0 ]; then
        if counts=$(Tests/count-results "$@"); then
            read -r right wrong <<< "${counts%%$'\n'*}"
            failures[$part]=$(tail -n +2 <<< "$counts")
        else
            status=1
        fi
        if [ $((right + wrong)) = 0 ]; then
            failures[$part]+='no test was run'
            status=1
        fi
    fi
    # What fails without a test that failed (a build, a crash of the runner, no tests at all) is one failure.
    if [ "$status" != 0 ] && [ "$wrong" = 0 ]; then
        wrong=1
        failures[$part]=${failures[$part]:-"ended with status $status"}
    fi
    passed=$((passed + right)) failed=$((failed + wrong))
    verdicts[$part]=$(printf '%-13s %-6s %s' "$part" "$([ "$wrong" = 0 ] && say ok || say FAILED)" "$(minutes_since "$began")")
}

# Seconds after which a part counts as hanging: many times what the slowest takes, for the machine may be busy.
hang=$((full ? 43200 : 14400))

# run_part PART "FILE…" COMMAND…: the files are those that its runner writes.
run_part() {
    local part=$1 files=$2 began=$SECONDS status=0
    shift 2
    headline "$part"
    start_job "$results/$part.log" "$@"
    finish_job "$results/$part.log" "$job" "$hang" || status=$?
    settle "$part" "$status" "$began" $files
}

not_run() {
    headline "$1"
    say "$2" | tee "$results/$1.log"
    failures[$1]=$2
    settle "$1" 1 "$SECONDS"
}

pytest() { "$python" -m pytest -q --tb=short -p no:cacheprovider --junitxml="$results/$1.xml" "$2"; }

lint() {
    swift format lint --strict --parallel --recursive Sources Tests Package.swift
    "$python" -B Tests/check-layout
    find Sources Tests Package.swift -name '*.swift' | wc -l | sed 's/$/ files are in order/'
}

# sanitized address|thread: the unit tests, built for that in a folder of their own (Tests/README.md says what is set, and why).
sanitized() {
    ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=die_after_fork=0:halt_on_error=1 swift_package test \
        --sanitize "$1" --scratch-path "$top/.build/$1" --xunit-output "$results/$1.xml"
}

benchmarks() {
    if [ "$full" ]; then
        env "${user_folders[@]}" Tests/Benchmarks/run
    else
        env "${user_folders[@]}" Tests/Benchmarks/run handle plan snapshot test memory size slow --runs 51 --functions 1024 --plan-runs 3
    fi
}

began=$SECONDS
start_job "$results/image.log" Tests/Lab/build-image # mostly waits for the network, so it goes beside the build
image_job=$job
run_part lint '' lint
run_part build '' build_release
run_part unit ".build/tests/unit.xml .build/tests/unit-swift-testing.xml" \
    swift_package test --xunit-output "$results/unit.xml"
if [ "$full" ]; then
    # Sanitized code is several times slower, and these look for other things than large counts do.
    export VFIO_REBIND_TEST_SCALE=1
    run_part address ".build/tests/address.xml .build/tests/address-swift-testing.xml" sanitized address
    run_part thread ".build/tests/thread.xml .build/tests/thread-swift-testing.xml" sanitized thread
    export VFIO_REBIND_TEST_SCALE=10
    run_part fuzz .build/tests/fuzz.xml Tests/Fuzz/run --runs 1000000 --junit "$results/fuzz.xml"
fi
if [ -x "$release_binary" ] && [ "${verdicts[build]#*FAILED}" = "${verdicts[build]}" ]; then
    binary=1
else
    binary=''
fi
if [ "$binary" ]; then
    run_part command-line .build/tests/command-line.xml pytest command-line Tests/CommandLine
else
    not_run command-line "not run: there is no release binary"
fi
if [ "$binary" ]; then
    run_part packages .build/tests/packages.xml pytest packages Tests/Packages
else
    not_run packages "not run: there is no release binary"
fi
headline image
image_status=0
image_began=$SECONDS
finish_job "$results/image.log" "$image_job" "$hang" || image_status=$?
settle image "$image_status" "$image_began"
if [ "$binary" ] && [ "$image_status" = 0 ]; then
    run_part lab .build/tests/lab.xml pytest lab Tests/Lab
else
    not_run lab "not run: there is no $([ "$binary" ] && say image || say 'release binary')"
fi
if [ "$binary" ]; then
    run_part benchmarks '' benchmarks
else
    not_run benchmarks "not run: there is no release binary"
fi

headline "summary ($(minutes_since "$began"))"
for part in "${parts[@]}"; do
    printf '%-32s %s\n' "${verdicts[$part]}" "$(grep -v '^[[:space:]]*$' "$results/$part.log" | tail -n 1 | cut -c1-120)"
done
for part in "${parts[@]}"; do
    if [ -n "${failures[$part]:-}" ]; then
        say "
$part:"
        sed 's/^/  /' <<< "${failures[$part]}" | head -n 50
    fi
done
say "
The parts' whole output: .build/tests/*.log
$passed passed, $failed failed"
[ "$failed" = 0 ]
