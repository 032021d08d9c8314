"""Run a command under what deploy/watchlamp.service asks for, without systemd: as far as one process can do it for another.

    python tests/deploy/confined.py [--report] COMMAND ...        (as root, on Linux)

The settings are read from the unit itself, so that what it asks for and what is tried cannot drift apart. Each is put into force
by the kernel's own means (namespaces, mounts, capabilities, prctl, rlimits, and a seccomp filter of exactly the system calls that
``systemd-analyze syscall-filter`` lists), and those that this way cannot be had are named: NOT_HERE. The command gets
``/var/lib/watchlamp`` to write to, as its working directory, and loopback as its only network. ``--report`` tells on standard
error which setting is in force by what. Nothing is left on the machine.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import shutil
import socket
import stat
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "deploy" / "watchlamp.service"
STATE = Path("/var/lib/watchlamp")
UID = 61_999
"""One of the numbers that DynamicUser= takes (61184 to 65519), which no user of the system has."""

NOT_ABOUT_RIGHTS = frozenset(
    {
        "Type",
        "NotifyAccess",
        "WatchdogSec",
        "TimeoutStartSec",
        "TimeoutStopSec",
        "ExecStartPre",
        "ExecStart",
        "ExecReload",
        "Restart",
        "RestartSec",
        "KillMode",
        "OOMPolicy",
        "LoadCredential",
    }
)
"""What the unit says besides: how the bot is started, watched and ended."""
NOT_HERE = {
    "MemoryMax": "a control group of its own would be needed",
    "IPAddressAllow": "loopback is all there is",
}
"""What this cannot put into force, and why."""

libc = ctypes.CDLL(None, use_errno=True)


def settings() -> dict[str, list[str]]:
    """The [Service] section of the unit."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif "=" in line and not line.startswith("#") and section == "Service":
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return {key: values for key, values in found.items() if key not in NOT_ABOUT_RIGHTS}


def call(function: str, *arguments: object) -> int:
    """A function of the C library.

    Raises:
        OSError: it failed.
    """
    result = int(getattr(libc, function)(*arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")
    return result


def run(*words: str) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


# ---------------------------------------------------------------- what the process sees


def close_the_file_system() -> None:
    """A read-only system, empty homes but for the Python that runs this, private /tmp, few devices, a proc of its own processes."""
    run("mount", "--make-rprivate", "/")
    kept = [path for path in {ROOT, Path(sys.prefix), Path(sys.base_prefix)} if path.parts[1] in {"root", "home", "tmp"}]
    held = Path("/mnt")
    run("mount", "-t", "tmpfs", "tmpfs", str(held))
    for number, path in enumerate(kept):
        (held / str(number)).mkdir()
        run("mount", "--bind", str(path), str(held / str(number)))
    for empty in ("/root", "/home", "/tmp", "/var/tmp", "/run/user"):
        if Path(empty).is_dir():
            run("mount", "-t", "tmpfs", "-o", f"nosuid,nodev,mode={'1777' if 'tmp' in empty else '755'}", "tmpfs", empty)
    for number, path in enumerate(kept):
        path.mkdir(parents=True, exist_ok=True)
        run("mount", "--move", str(held / str(number)), str(path))
    run("umount", str(held))
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(STATE.parent))  # so that nothing is left on the machine afterwards
    STATE.mkdir()
    run("mount", "-t", "tmpfs", "-o", f"nosuid,nodev,mode=0700,uid={UID},gid={UID}", "tmpfs", str(STATE))
    _few_devices()
    run("mount", "-t", "proc", "-o", "hidepid=invisible,subset=pid", "proc", "/proc")
    writable = {str(STATE), "/tmp", "/var/tmp", "/dev", "/proc"}
    for point in _mount_points():
        if point not in writable and not point.startswith(("/dev/", "/proc/")):
            subprocess.run(["mount", "-o", "remount,bind,ro", point], check=False, stderr=subprocess.DEVNULL)


def _few_devices() -> None:
    own = Path("/mnt")
    run("mount", "-t", "tmpfs", "-o", "nosuid,noexec,mode=755", "tmpfs", str(own))
    for name, minor in {"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9}.items():
        os.mknod(own / name, 0o666 | stat.S_IFCHR, os.makedev(1, minor))
        (own / name).chmod(0o666)
    for name in ("shm", "pts"):
        (own / name).mkdir()
    (own / "shm").chmod(0o1777)
    run("mount", "--move", str(own), "/dev")


def _mount_points() -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    return [line.split()[4].replace("\\040", " ") for line in lines]


def loopback() -> None:
    """The only network of the new namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        fcntl.ioctl(asked, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS, IFF_UP | IFF_RUNNING: netdevice(7)


# ---------------------------------------------------------------- what the process may do


def drop_everything() -> None:
    """Another user, a user namespace of its own, no capability, now or later."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    resource.setrlimit(resource.RLIMIT_NPROC, (128, 128))
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text(encoding="ascii")) if Path("/proc/sys/kernel").exists() else 40
    call("syscall", 250, 1, 0)  # keyctl(KEYCTL_JOIN_SESSION_KEYRING): KeyringMode=private
    os.setgroups([])
    os.setresgid(UID, UID, UID)
    os.setresuid(UID, UID, UID)
    call("prctl", 4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: a process that changed its user may not write its own map otherwise
    call("unshare", 0x10000000)  # CLONE_NEWUSER
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{UID} {UID} 1", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{UID} {UID} 1", encoding="ascii")
    for capability in range(last + 1):
        call("prctl", 24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3
    call("capset", header, (ctypes.c_uint32 * 6)())
    call("prctl", 38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    call("prctl", 65, 1, 0, 0, 0)  # PR_SET_MDWE: MemoryDenyWriteExecute=, Linux 6.3


class Comparison(ctypes.Structure):
    """scmp_arg_cmp of libseccomp."""

    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


EQUAL, MASKED = 4, 7
NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x80
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, NEWTIME: RestrictNamespaces=."""
SET_ID = 0o6000
"""The bits that RestrictSUIDSGID= refuses."""
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}


def allowed_calls(lists: list[str]) -> set[str]:
    """The system calls that SystemCallFilter= leaves."""
    kept: set[str] = set()
    for line in lists:
        names = {name for word in line.lstrip("~").split() for name in _expanded(word)}
        kept = kept - names if line.startswith("~") else kept | names
    return kept


def _expanded(word: str) -> Iterator[str]:
    if not word.startswith("@"):
        yield word
        return
    told = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", word], check=True, capture_output=True, text=True)
    for line in told.stdout.splitlines()[1:]:
        name = line.strip()
        if name and not name.startswith("#"):
            yield from _expanded(name)


def filter_calls(asked: dict[str, list[str]]) -> Callable[[], None]:
    """The seccomp filter, ready to be loaded: whatever is not allowed fails with EPERM."""
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    allow, refuse, unknown = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38
    context = ctypes.c_void_p(seccomp.seccomp_init(refuse))

    def rule(action: int, name: str, *tests: tuple[int, int, int, int]) -> None:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # a call of another architecture has none here
            seccomp.seccomp_rule_add_array(context, action, number, len(tests), (Comparison * max(len(tests), 1))(*tests))

    families = asked["RestrictAddressFamilies"][0].split()
    special: dict[str, list[tuple[int, int, int, int]]] = {
        "socket": [(0, EQUAL, FAMILIES[family], 0) for family in families],
        "clone": [(0, MASKED, NAMESPACES & ~0x80, 0)],  # of clone, the lowest byte is a signal
        "unshare": [(0, MASKED, NAMESPACES, 0)],
        "setns": [],
        "personality": [(0, EQUAL, 0, 0), (0, EQUAL, 0xFFFFFFFF, 0)],
        "chmod": [(1, MASKED, SET_ID, 0)],
        "fchmod": [(1, MASKED, SET_ID, 0)],
        "fchmodat": [(2, MASKED, SET_ID, 0)],
        "mkdir": [(1, MASKED, SET_ID, 0)],
        "mkdirat": [(2, MASKED, SET_ID, 0)],
        "creat": [(1, MASKED, SET_ID, 0)],
    }
    for name in sorted(allowed_calls(asked["SystemCallFilter"]) - {"clone3"}):
        if name not in special:
            rule(allow, name)
        for test in special.get(name, ()):
            rule(allow, name, test)
    rule(unknown, "clone3")  # its flags are in memory, where no filter sees them; the C library then takes clone

    def load() -> None:
        if seccomp.seccomp_load(context) != 0:
            raise OSError("the filter was not taken")

    return load


BY = {
    "DynamicUser": "a number that no user has",
    "StateDirectory": "a file system of its own at /var/lib/watchlamp",
    "StateDirectoryMode": "its mode",
    "WorkingDirectory": "chdir",
    "UMask": "umask",
    "ProtectSystem": "every mount remounted read-only",
    "ProtectHome": "empty file systems over homes, but for the Python that runs this",
    "PrivateTmp": "file systems of its own",
    "PrivateDevices": "a /dev of five",
    "PrivateUsers": "a user namespace that maps one number",
    "ProtectProc": "proc with hidepid=invisible",
    "ProcSubset": "proc with subset=pid",
    "ProtectKernelTunables": "no /proc/sys, /sys read-only",
    "ProtectKernelModules": "no capability, filter",
    "ProtectKernelLogs": "no capability, no device, filter",
    "ProtectControlGroups": "/sys read-only",
    "ProtectClock": "no capability, filter",
    "ProtectHostname": "a namespace of its own, filter",
    "NoNewPrivileges": "prctl",
    "CapabilityBoundingSet": "prctl, capset",
    "AmbientCapabilities": "none is left to hand on",
    "RestrictNamespaces": "filter",
    "RestrictRealtime": "filter",
    "RestrictSUIDSGID": "filter of modes; nosuid",
    "MemoryDenyWriteExecute": "prctl(PR_SET_MDWE)",
    "LockPersonality": "filter",
    "SystemCallArchitectures": "the filter knows one",
    "SystemCallFilter": "seccomp, the same calls",
    "SystemCallErrorNumber": "the filter's",
    "RestrictAddressFamilies": "filter",
    "IPAddressDeny": "a network namespace with loopback alone",
    "RemoveIPC": "an IPC namespace that ends",
    "KeyringMode": "keyctl",
    "TasksMax": "RLIMIT_NPROC",
    "LimitNOFILE": "setrlimit",
}
"""By what a setting of the unit is in force here."""


def inside(command: list[str], report: bool) -> int:
    """In the new namespaces, as their first process: close, drop, run, and wait."""
    asked = settings()
    load = filter_calls(asked)
    loopback()
    close_the_file_system()
    if report:
        for key in asked:
            sys.stderr.write(f"{key:24} {BY[key] if key in BY else 'NOT HERE: ' + NOT_HERE[key]}\n")
    child = os.fork()
    if child == 0:
        try:
            drop_everything()
            os.chdir(STATE)
            load()
            kept = {
                name: os.environ[name] for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "PYTHONPATH", "LANG") if name in os.environ
            }
            os.execvpe(command[0], command, {"PATH": "/usr/bin:/bin", "HOME": "/", **kept})
        except BaseException as error:  # noqa: BLE001  # a child must not go on as its parent
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(99)
    while True:
        pid, status = os.wait()
        if pid == child:
            return os.waitstatus_to_exitcode(status)


def missing() -> str:
    """Why this cannot be done here, or nothing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs root on Linux: namespaces, mounts and a filter are made for another process"
    if lost := [name for name in ("systemd-analyze", "unshare", "mount") if shutil.which(name) is None]:
        return f"{', '.join(lost)} is not on this system"
    try:
        ctypes.CDLL("libseccomp.so.2")
    except OSError:
        return "libseccomp is not on this system"
    return "" if libc.prctl(66, 0, 0, 0, 0) >= 0 else "this kernel does not know PR_SET_MDWE (Linux 6.3 and newer)"


def main() -> int:
    """Make the namespaces, and begin anew inside."""
    words = sys.argv[1:]
    report = words[:1] == ["--report"]
    if words[:1] == ["--inside"]:
        return inside(words[2:], words[1] == "True")
    if reason := missing():
        sys.stderr.write(f"{reason}\n")
        return 77
    spaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--ipc", "--uts", "--net", "--cgroup"]
    return subprocess.call([*spaces, sys.executable, __file__, "--inside", str(report), *words[1 if report else 0 :]])


if __name__ == "__main__":
    sys.exit(main())
