# What packaging/quickstart.sh and Tests/run.sh share; sourced by bash, not run.
#
#   VFIO_REBIND_CACHE  where everything is kept that a later run can use again
#                      (default: $XDG_CACHE_HOME/vfio-rebind, that is ~/.cache/vfio-rebind)

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export VFIO_REBIND_CACHE=${VFIO_REBIND_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vfio-rebind}
# Tools that keep something in the user's cache keep it in that one folder too.
user_folders=(XDG_CACHE_HOME="$VFIO_REBIND_CACHE/tools")

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    bold=$'\e[1m' plain=$'\e[0m'
else
    bold='' plain=''
fi

say() { printf '%s\n' "$*"; }
headline() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
fail() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 1
}

# --- what must be there

find_swift() {
    command -v swift >/dev/null || PATH=$PATH:/opt/swift/usr/bin
    command -v swift >/dev/null || fail "Swift is missing: no 'swift' on PATH, nor in /opt/swift/usr/bin.
Install Swift 6.2 or later for Debian 12 from https://www.swift.org/install/linux/ and run this again."
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/^.*Swift version \([0-9]*\.[0-9]*\).*$/\1/p' | head -n 1)
    if [ "$(printf '6.2\n%s\n' "$version" | sort -V | head -n 1)" != 6.2 ]; then
        fail "Swift is too old: $(command -v swift) is ${version:-of an unknown version}, needed is 6.2 or later.
Install it from https://www.swift.org/install/linux/ and run this again."
    fi
    export PATH
    say "Swift $version: $(command -v swift)"
}

# What the build needs, each package with a file that shows it is there. No C++ is compiled; g++ brings the libstdc++ that Swift's own
# runtime is linked with.
build_packages="libudev-dev /usr/include/libudev.h
libexpat1-dev /usr/include/expat.h
g++ /usr/include/c++
pkg-config /usr/bin/pkg-config
git /usr/bin/git
ca-certificates /etc/ssl/certs/ca-certificates.crt"
lab_packages=$(cat "$top/Tests/Lab/guest/host-packages")

# install_packages LINES: installs those whose file is not there.
install_packages() {
    local package file missing=()
    while read -r package file; do
        [ -z "$package" ] || [ -e "$file" ] || missing+=("$package")
    done <<< "$1"
    if [ ${#missing[@]} -eq 0 ]; then
        say "Debian packages: all there"
        return
    fi
    local names
    names=$(printf '%s\n' "${missing[@]}" | sort -u | tr '\n' ' ')
    command -v apt-get >/dev/null || fail "packages are missing, and there is no apt-get to install them: $names"
    [ "$(id -u)" = 0 ] || fail "packages are missing, and installing them needs root. Run this as root, or first:
    sudo apt-get update && sudo apt-get install --no-install-recommends $names"
    say "Debian packages: installing $names"
    # The lists of packages are fetched only where those that are here do not do.
    local log
    log=$(mktemp)
    if ! apt_install $names > "$log" 2>&1 && ! { apt-get update -qq && apt_install $names; } > "$log" 2>&1; then
        tail -n 30 "$log" >&2
        rm -f "$log"
        fail "apt-get could not install $names"
    fi
    rm -f "$log"
}

apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" </dev/null
}

# Says beforehand what Tests/Lab/build-image would say after minutes: without root it builds no image.
check_lab_rights() {
    local images=("$VFIO_REBIND_CACHE"/lab/image-*)
    [ "$(id -u)" = 0 ] || [ -d "${images[0]}" ] || say "The lab's image is not built yet, and building it needs root. Once:
    sudo VFIO_REBIND_CACHE='$VFIO_REBIND_CACHE' Tests/Lab/build-image && sudo chown -R $(id -un) '$VFIO_REBIND_CACHE'"
}

# --- Swift

# swift_package build|test ARGUMENT…: with its caches where they are named.
swift_package() {
    local command=$1 configuration=$HOME/.swiftpm/configuration # mirrors of packages, if the user has set any
    shift
    [ -d "$configuration" ] || configuration=$VFIO_REBIND_CACHE/tools/swiftpm/configuration
    env "${user_folders[@]}" swift "$command" --package-path "$top" \
        --cache-path "$VFIO_REBIND_CACHE/tools/swiftpm" --config-path "$configuration" \
        --security-path "$VFIO_REBIND_CACHE/tools/swiftpm/security" "$@"
}

release_binary=$top/.build/release/vfio-rebind
build_release() { swift_package build -c release --static-swift-stdlib "$@"; }

# --- jobs: each a process group of its own, ended as a whole if we are interrupted

jobs_running=()

# start_job LOG COMMAND…: sets `job`, the number to wait for.
start_job() {
    local log=$1
    shift
    : > "$log"
    set -m # a process group of its own, and SIGINT not ignored
    "$@" > "$log" 2>&1 </dev/null &
    job=$!
    set +m
    jobs_running+=("$job")
}

# finish_job LOG JOB [SECONDS]: shows the log as it grows and gives the job's exit status; 124 if it took too long.
finish_job() {
    local log=$1 waited=$2 status=0 shows each left=()
    tail -n +1 -s 0.2 -f --pid="$waited" "$log" &
    shows=$!
    if [ -n "${3:-}" ]; then
        end_late "$@" &
        watch=$!
    fi
    wait "$waited" || status=$?
    if [ -n "$watch" ]; then end_watch || status=124; fi
    wait "$shows" || :
    for each in "${jobs_running[@]}"; do [ "$each" = "$waited" ] || left+=("$each"); done
    jobs_running=("${left[@]}")
    return "$status"
}

watch=''
end_late() {
    trap 'kill "$!"; exit' TERM
    sleep "$3" &
    wait "$!"
    trap '' TERM
    printf '\nended after %s s, which is more than it may take\n' "$3" >> "$1"
    end_group "$2"
}

# end_watch: fails where the watch has ended the job.
end_watch() {
    local watched=$watch
    watch=''
    [ -z "$watched" ] || kill "$watched" 2>/dev/null
}

# end_group LEADER: asks first, so that pytest can take its machines down, and insists after a while.
end_group() {
    local signal
    for signal in INT TERM KILL; do
        kill -s "$signal" -- "-$1" 2>/dev/null || return 0
        for _ in {1..50}; do
            kill -s 0 -- "-$1" 2>/dev/null || return 0
            sleep 0.2
        done
    done
}

end_jobs() {
    local each
    end_watch || :
    for each in "${jobs_running[@]}"; do end_group "$each"; done
    jobs_running=()
}

# at_exit FOLDER: whatever happens, jobs end and the folder goes. Call it first.
at_exit() {
    temporary_folder=$1
    local name
    for name in .swiftpm .local; do [ -e "$HOME/$name" ] || new_in_home+=("$name"); done
    # A subshell that is ended at once still has these traps: only the script itself cleans up.
    trap '[ "$BASHPID" != "$$" ] || { end_jobs; rm -rf "$temporary_folder"; clear_home; }' EXIT
    trap '[ "$BASHPID" != "$$" ] || say "interrupted: ending what was started"; exit 130' INT
    trap '[ "$BASHPID" != "$$" ] || say "terminated: ending what was started"; exit 143' TERM HUP
}

# Swift makes folders in the user's home even if it keeps nothing there: those that were not there before go again.
new_in_home=()
clear_home() {
    local name
    for name in "${new_in_home[@]}"; do
        [ ! -L "$HOME/$name/cache" ] || rm -f "$HOME/$name/cache"
        [ ! -d "$HOME/$name" ] || find "$HOME/$name" -depth -type d -empty -delete
    done
}

minutes_since() { printf '%d min %02d s' $(((SECONDS - $1) / 60)) $(((SECONDS - $1) % 60)); }
