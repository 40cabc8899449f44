"""The commands that base images bring: names, by command set. How they work is the container room's affair."""

from __future__ import annotations

from dataclasses import dataclass

_SHELL = ["sh", "[", "test", "echo", "printf", "true", "false", "pwd", "kill"]

_COMMON_WORDS = """
arch awk base64 basename cat chgrp chmod chown cksum clear cmp comm cp cut date dd df diff dirname du egrep env
expand expr factor fgrep find fold free grep groups gunzip gzip head hexdump hostid hostname id install less link ln
ls md5sum mkdir mkfifo mktemp more mv nice nl nohup nproc od paste patch pgrep pkill printenv ps readlink realpath
rev rm rmdir sed seq sha1sum sha256sum sha512sum shuf sleep sort split stat sum sync tac tail tar tee time timeout
top touch tr truncate tty uname unexpand uniq unlink unzip uptime users wc which who whoami xargs yes mount watch
bunzip2 bzcat xxd strings flock getopt dmesg
"""
_COMMON = _COMMON_WORDS.split()

_BUSYBOX_WORDS = """
ash busybox bc httpd ifconfig ip killall nc netstat nslookup ping ping6 telnet tree vi wget shasum traceroute
"""
_BUSYBOX = [
    *_SHELL,
    *_COMMON,
    *_BUSYBOX_WORDS.split(),
]

_GNU_WORDS = """
arch awk b2sum base32 base64 basename basenc bash cat chgrp chmod chown cksum clear cmp comm cp cut dash date dd df
diff dirname du egrep env expand expr factor fgrep find flock fmt fold getent getconf grep groups gunzip gzip head
hostid hostname iconv id install join kill link ln locale logname ls mawk md5sum mkdir mkfifo mktemp more mount mv
nawk nice nl nohup nproc numfmt od openssl paste pr printenv readlink realpath rm rmdir sed seq sha1sum sha224sum
sha256sum sha384sum sha512sum shuf sleep sort split stat sum sync tac tail tar tee timeout touch tr truncate tsort
tty uname unexpand uniq unlink users wc which who whoami xargs yes apt apt-get dmesg dpkg getopt perl
"""
_GNU = _GNU_WORDS.split()


@dataclass(frozen=True, slots=True)
class Base:
    """A command set with the way its shell and its commands speak."""

    commands: frozenset[str]
    shell: str
    """What `sh` is: `ash`, `dash` or `bash`; empty without a shell."""
    folders: tuple[str, ...]
    os_release: str = ""


_SMALL = ("bin", "dev", "etc", "home", "lib", "lib64", "proc", "root", "sys", "tmp", "usr", "var")
_ALPINE = (
    *("bin", "dev", "etc", "home", "lib", "media", "mnt", "opt", "proc", "root", "run", "sbin", "srv", "sys"),
    *("tmp", "usr", "var"),
)
_DEBIAN = (
    *("bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc", "root", "run", "sbin"),
    *("srv", "sys", "tmp", "usr", "var"),
)

BASES = {
    "none": Base(frozenset(), "", ("dev", "etc", "proc", "sys")),
    "busybox": Base(frozenset(_BUSYBOX), "ash", _SMALL),
    "alpine": Base(
        frozenset([*_BUSYBOX, "apk", "getent"]) - {"httpd"},
        "ash",
        _ALPINE,
        'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME="Alpine Linux v3.22"\n',
    ),
    "debian": Base(
        frozenset([*_SHELL, *_GNU]),
        "dash",
        _DEBIAN,
        'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n'
        'VERSION="12 (bookworm)"\nID=debian\n',
    ),
    "ubuntu": Base(
        frozenset([*_SHELL, *_GNU, "ps", "free", "top", "uptime", "pgrep", "pkill", "watch"]),
        "dash",
        _DEBIAN,
        'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n',
    ),
    "oracle": Base(
        frozenset([*_SHELL, *_GNU]) - {"apt", "apt-get", "dpkg", "dash"},
        "bash",
        _DEBIAN,
        'NAME="Oracle Linux Server"\nVERSION="9.6"\nID="ol"\n',
    ),
}
