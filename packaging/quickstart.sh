#!/bin/bash
# Builds vfio-rebind and shows what it does: packaging/quickstart.sh [--no-lab]. Says first what it will do.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
cd "$top"

usage() {
    say "packaging/quickstart.sh [--no-lab]
Builds the release, shows what it would do on this host (reading only), then what it does in a virtual machine.
--no-lab  without the virtual machine: no QEMU, no image, and root only where packages are missing"
}

lab=1
for word in "$@"; do
    case $word in
    --no-lab) lab='' ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 64 ;;
    esac
done

say "This builds vfio-rebind and shows it at work:
  1. builds the release, with Swift's library linked statically
  2. shows 'list' and 'plan' for this host with packaging/examples/quickstart.toml: it reads, and changes nothing$(
    [ -z "$lab" ] || say '
  3. builds a small virtual machine (Debian 12, kept for the next run), and in it plugs a network card that goes
     from e1000e to vfio-pci; in QEMU, without KVM')
It installs  Debian packages that are missing, by apt-get: libudev-dev …${lab:+ QEMU, mmdebstrap …} Nothing else, and not vfio-rebind itself.
It needs     Swift 6.2 or later; root where packages are missing${lab:+ or the image is not built}; the network the first time;
             $([ "$lab" ] && say '4 GB of memory, 3 GB of disk; 4 to 8 minutes the first time, one after that' ||
                 say '2 GB of memory, 1 GB of disk; 2 to 4 minutes the first time') (2 cores).
It keeps     .build/ in this folder, and $VFIO_REBIND_CACHE (remove it whenever you like)."
headline "what is needed"
at_exit "$(mktemp -d -t rebind-quickstart.XXXXXX)"
export TMPDIR=$temporary_folder
find_swift
install_packages "$build_packages${lab:+
$lab_packages}"
[ -z "$lab" ] || check_lab_rights

export VFIO_REBIND_BINARY=$release_binary
mkdir -p "$VFIO_REBIND_CACHE"

# run NAME COMMAND…: shows its output; ends here if it fails.
run() {
    local log=$temporary_folder/$1.log name=$1
    shift
    start_job "$log" "$@"
    finish_job "$log" "$job" || fail "$name failed"
}

if [ "$lab" ]; then # mostly waits for the network, so it goes beside the build
    start_job "$temporary_folder/image.log" Tests/Lab/build-image
    image_job=$job
fi
headline "1. building the release"
run "the build" build_release --product vfio-rebind
say ".build/release/vfio-rebind is $(stat -L -c %s "$release_binary" | numfmt --to=si)B; it needs no Swift where it runs"

headline "2. this host, reading only"
say "# vfio-rebind list"
"$release_binary" list || say "(exit status $?)"
say "
# vfio-rebind plan --policy packaging/examples/quickstart.toml"
status=0
"$release_binary" plan --policy packaging/examples/quickstart.toml || status=$?
say "(exit status $status$([ $status != 2 ] || say ': a guard refuses, with its reason above'); nothing was changed)"

if [ "$lab" ]; then
    headline "3. the main job, in a virtual machine"
    finish_job "$temporary_folder/image.log" "$image_job" || fail "the lab's image could not be built"
    run "the lab" python3 packaging/quickstart-lab.py
fi

headline "next"
say "README.md: a policy of your own, installing on a host and back, libvirt and QEMU.
Tests/run.sh: every test."
