# What the scripts share: words, and the installation of what is missing.
# To be sourced by bash.

set -euo pipefail
script=$(realpath "$0")
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '\n== %s\n' "$*"; }

fail() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

# refuse ends the script for an argument that it doesn't know.
refuse() {
	printf '%s: %s: not accepted; --help tells what is\n' "$(basename "$0")" "$1" >&2
	exit 2
}

# help answers --help among the arguments of the script: with the comment at its top, and
# with what the program accepts that it runs, if it runs one: help PROGRAM ARGUMENT...
help() {
	local program=$1 arg
	for arg in "${@:2}"; do
		[[ $arg =~ ^--?h(elp)?$ ]] || continue
		sed -n '2,${/^#/!q;s/^# \{0,1\}//p}' "$script"
		[ -z "$program" ] || go run "$program" -help
		exit
	done
}

# prepare builds the program that the script runs, which looks at the arguments before
# anything else is done: prepare PROGRAM ARGUMENT...
prepare() {
	need_go
	go build -o bin/ "$1"
	"bin/${1##*/}" check "${@:2}" || exit
}

# attend runs a program that ends when the script is told to end, and the script with it.
attend() { attend_as '' "$@"; }

# attend_all does so with all that the program has started as well, but for what has left
# its process group.
attend_all() { attend_as - "$@"; }

# attend_as tells the program alone, or its group: attend_as '' or -, PROGRAM ARGUMENT...
attend_as() {
	local program='' code told='' ends='' group=$1
	trap 'told=1 ends=1; [ -z "$program" ] || kill -- "$group$program" 2>/dev/null || true' TERM INT HUP
	[ -z "$group" ] || set -m # makes a group of its own
	"${@:2}" </dev/null &
	program=$!
	set +m
	[ -z "$told" ] || kill -- "$group$program" 2>/dev/null || true
	while code=0 told=''; do
		wait "$program" || code=$?
		[ -n "$told" ] || break # it has ended: what is told interrupts a wait
	done
	trap - TERM INT HUP
	[ "$code" -eq 0 ] && [ -z "$ends" ] || exit "$code"
}

# no_arguments is for a script that has no others than --help.
no_arguments() {
	help "" "$@"
	[ $# -eq 0 ] || refuse "$1"
}

# need_go stops where there is no Go toolchain that go.mod accepts.
need_go() {
	local want
	want=$(awk '$1 == "go" { print $2 }' go.mod)
	command -v go >/dev/null ||
		fail "no Go toolchain: install Go $want or newer and put it on PATH"
	go version >/dev/null 2>&1 ||
		fail "go $(go env GOVERSION) is too old: this needs Go $want or newer"
}

# need_packages installs those of the Debian packages that are missing.
need_packages() {
	local missing=()
	for package in "$@"; do
		dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
	done
	[ ${#missing[@]} -eq 0 ] && return
	command -v apt-get >/dev/null ||
		fail "please install these (Debian's names): ${missing[*]}"
	local sudo=
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	say "installing ${missing[*]}"
	$sudo apt-get update -q >/dev/null
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q "${missing[@]}" >/dev/null
}

# build makes the three programs in bin/.
build() {
	need_go
	need_packages gcc libc6-dev pkg-config libzmq3-dev
	say "building bin/bcp-broker, bin/bcp-worker and bin/bcp-ctl"
	go build -o bin/ ./cmd/bcp-broker ./cmd/bcp-worker
	CGO_ENABLED=0 go build -o bin/ ./cmd/bcp-ctl
}
