"""PostgreSQL refuses to run as root, and a trial on a bare machine is often root's.

Best is a user namespace in which root is called otherwise: files stay root's, no account is added, no folder opened.
Where namespaces are forbidden (many containers), an existing unprivileged account takes over, with the one capability
that lets it reach a checkout below root's home.
"""

import ctypes
import functools
import os
import pwd
from pathlib import Path

_CLONE_NEWUSER = 0x10000000
_PR_SET_KEEPCAPS = 8
_PR_SET_SECUREBITS = 28
_NO_SETUID_FIXUP = 1 << 2
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522
_libc = ctypes.CDLL(None, use_errno=True)


def leave_root() -> None:
    """Makes this process, root until now, an unprivileged one. Called between fork and exec.

    Raises OSError when the machine allows neither way.
    """
    if namespaces_allowed():
        _enter_namespace(account())
    else:
        _become(account())


def give_to_account(directory: Path) -> None:
    """Gives a folder to the account that will own it; in a namespace it stays ours."""
    if os.geteuid() == 0 and not namespaces_allowed():
        os.chown(directory, account().pw_uid, account().pw_gid)


@functools.cache
def account() -> pwd.struct_passwd:
    """An existing unprivileged account: the servers look their own name up. LookupError when there is none."""
    accounts = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
    if not accounts:
        raise LookupError("no unprivileged account in /etc/passwd")
    return next((entry for entry in accounts if entry.pw_name == "nobody"), accounts[0])


@functools.cache
def namespaces_allowed() -> bool:
    """Whether this machine lets us make a user namespace; tried once, in a child."""
    who = account()
    child = os.fork()
    if child == 0:
        try:
            _enter_namespace(who)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _enter_namespace(who: pwd.struct_passwd) -> None:
    _check(_libc.unshare(_CLONE_NEWUSER))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{who.pw_uid} 0 1")
    Path("/proc/self/gid_map").write_text(f"{who.pw_gid} 0 1")


def _become(who: pwd.struct_passwd) -> None:
    _check(_libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
    # Without this access(2), by which PostgreSQL judges its own binary, would leave the capability out of account.
    # Not checked: where it may not be set, only a checkout below root's home is out of reach.
    _libc.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setresgid(who.pw_gid, who.pw_gid, who.pw_gid)
    os.setresuid(who.pw_uid, who.pw_uid, who.pw_uid)
    mask = 1 << _CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(
        mask, mask, mask, 0, 0, 0
    )  # effective, permitted, inheritable; low and high words
    _check(_libc.capset(header, sets))
    _check(_libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
