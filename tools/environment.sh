# make_environment ROOT REQUIREMENT...: a virtual environment in ROOT/.venv with the requirements, made or
# completed when what it was made from has changed. Sourced by `lab` and `test`.
make_environment() {
    root=$1
    shift
    stamp=$(cksum <"$root/pyproject.toml")
    missing=no
    for requirement in "$@"; do
        grep -qsxF -- "$requirement $stamp" "$root/.venv/labyard-made-from" || missing=yes
    done
    [ "$missing" = yes ] || return 0

    python=""
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidate
            break
        fi
    done
    if [ -z "$python" ]; then
        echo "Labyard needs Python 3.11 or later: install it (Debian, Ubuntu: apt install python3 python3-venv)." >&2
        exit 2
    fi
    if [ ! -x "$root/.venv/bin/python" ]; then
        echo "Making a virtual environment in $root/.venv ..." >&2
        "$python" -m venv "$root/.venv" 2>/dev/null || {
            rm -rf "$root/.venv"
            if command -v uv >/dev/null 2>&1; then
                uv venv -q --seed "$root/.venv"
            elif ! "$python" -m virtualenv -q "$root/.venv" 2>/dev/null; then
                echo "Python's venv module is not complete: install it (Debian, Ubuntu: apt install python3-venv)." >&2
                exit 2
            fi
        }
    fi
    echo "Installing $* ..." >&2
    (cd "$root" && PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/python -m pip install -q "$@") || {
        echo "The installation failed; the lines above say why. Nothing outside $root/.venv was touched." >&2
        exit 2
    }
    for requirement in "$@"; do
        echo "$requirement $stamp" >>"$root/.venv/labyard-made-from"
    done
}
