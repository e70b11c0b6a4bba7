# SPDX-License-Identifier: GPL-2.0-only
"""The machines: QEMU with the distribution's kernel, the same by virtme-ng, and User Mode Linux. All get the same root
and three ways out (stdout, stderr, status), each a pipe, and the links (interface and MAC address) that a run names."""

import ctypes
import json
import os
import pathlib
import shlex
import signal
import socket
import struct
import subprocess
import time

from . import streams
from .parts import TOP

# mitigations=off: an emulated processor has nothing to leak and pays for each one.
# norandmaps: translated code is kept by its virtual address, so that a program which is elsewhere each time is translated anew
# each time; starting one takes a quarter of the time.
# oops=panic: a kernel that has oopsed is not one to go on testing.
STOCK_LINE = (
    "console=ttyS0 loglevel=5 panic=-1 oops=panic mitigations=off nokaslr norandmaps tsc=reliable no_timer_check "
    "random.trust_cpu=on cryptomgr.notests apparmor=0 audit=0 selinux=0"
)
VNG_LINE = (
    "loglevel=5 oops=panic mitigations=off nokaslr norandmaps tsc=reliable no_timer_check "
    "random.trust_cpu=on cryptomgr.notests apparmor=0 audit=0 selinux=0"
)
# Debian's systemd: nobody logs in; the image's packages are what their caches were made from.
SYSTEMD_LINE = (
    "systemd.getty_auto=0 systemd.mask=getty@tty1.service systemd.wants=ssi-test.service systemd.show_status=0 "
    "systemd.condition_needs_update=0"
)
UML_LINE = "con=null con0={console} ssl0=null seccomp=auto panic=-1 loglevel=5"


def die_with_parent():
    """In a child: it leads a group of its own, and ends when we do, however that is."""
    os.setpgid(0, 0)
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)


def _disks(args, parts):
    """Letters and images: of the guest, and what else a run may have."""
    return list(zip("abcdef", (parts["guest"], parts["extra"], *args.disks)))


def _more(args):
    """More of the kernel's command line."""
    return " ".join(words for words in (getattr(args, "debian", None) and SYSTEMD_LINE, args.append) if words)


def make_disk(path):
    """What a Debian guest writes, in a file of holes. Nothing of it is worth a journal."""
    with open(path, "wb") as file:
        file.truncate(2 << 30)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-O", "^has_journal", path], stdin=subprocess.DEVNULL, check=True)


def qemu(args, parts, run, console, outs):
    """Starts the stock kernel. outs: write ends of the three pipes."""
    line = f"{STOCK_LINE} {_more(args)}"
    argv = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]
    if args.icount:
        argv += ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off", "-smp", "1"]
    elif args.accel == "kvm":
        argv += ["-accel", "kvm", "-smp", str(args.cpus)]
    else:
        # One thread for all processors: with several, a guest that patches its own code (static keys, at boot
        # above all) now and then runs into the half-patched instruction and dies.
        argv += ["-accel", "tcg,thread=single", "-smp", str(args.cpus)]
    argv += ["-machine", "q35,usb=off,sata=off,smbus=off,vmport=off,hpet=off,graphics=off"]
    argv += ["-cpu", "host" if args.accel == "kvm" else "max,la57=off", "-m", f"{args.mem}M"]
    argv += ["-kernel", parts["kernel"], "-initrd", f"{run}/initrd", "-append", line]
    argv += ["-chardev", f"file,id=con,path={console},append=on", "-serial", "chardev:con"]
    for name, image in _disks(args, parts):
        argv += ["-drive", f"if=none,id={name},file={image},format=raw,readonly=on,file.locking=off"]
        argv += ["-device", f"virtio-blk-pci,drive={name}"]
    if getattr(args, "disk", None):
        argv += ["-drive", f"if=none,id=kept,file={args.disk},format=raw,cache=unsafe"]
        argv += ["-device", "virtio-blk-pci,drive=kept"]
    argv += ["-device", "virtio-serial-pci,max_ports=4", "-object", "rng-random,id=rng,filename=/dev/urandom"]
    argv += ["-device", "virtio-rng-pci,rng=rng"]
    if not args.icount:
        argv += ["-device", "vmgenid,guid=auto"]
    for nr, fd in enumerate(outs, 1):
        # QEMU opens the pipe by its name: passing a number needs the set of descriptors.
        argv += ["-add-fd", f"fd={fd},set={nr}", "-chardev", f"file,id=p{nr},path=/dev/fdset/{nr},append=on"]
        argv += ["-serial", f"chardev:p{nr}"] if args.serial else ["-device", f"virtserialport,chardev=p{nr},nr={nr}"]
    for kind, mode in (("share", "on"), ("out", "off")):
        folder = getattr(args, kind)
        if folder:
            folder = folder.replace(",", ",,")
            argv += ["-virtfs", f"local,path={folder},mount_tag={kind},security_model=none,readonly={mode},multidevs=remap"]
    for nr, (port, mac) in enumerate(args.links):
        argv += ["-netdev", f"tap,id=link{nr},ifname={port},script=no,downscript=no"]
        argv += ["-device", f"virtio-net-pci,netdev=link{nr},mac={mac},romfile="]
    if getattr(args, "monitor", False):
        argv += ["-qmp", f"unix:{run}/monitor,server=on,wait=off"]
    argv += args.qemu_arg
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=open(f"{run}/machine.err", "wb"),
        pass_fds=outs,
        preexec_fn=die_with_parent,
    )


def _raw_links(links, run):
    """Each by packet sockets on an interface, as the driver's taps make a kernel with several processors panic. What the machine
    itself has sent comes in again by such a socket: a filter leaves it out."""
    if not links:
        return []
    load_packet_type, jump_if, back, packet_outgoing = 0x30, 0x15, 0x06, 4
    program = ((load_packet_type, 0, 0, 0xFFFFF004), (jump_if, 0, 1, packet_outgoing), (back, 0, 0, 0), (back, 0, 0, 0x40000))
    with open(f"{run}/incoming.bpf", "wb") as file:
        file.write(b"".join(struct.pack("=HBBI", *step) for step in program))
    return [
        f"vec{nr}:transport=raw,ifname={port},mac={mac},bpffile={run}/incoming.bpf" for nr, (port, mac) in enumerate(links)
    ]


def uml(args, parts, run, console, outs):
    """Starts User Mode Linux, inside the toolbox: it is linked with that root's libraries."""
    # A pipe and not the file itself: UML waits on its channels, and complains of one it cannot wait on.
    end, log = os.pipe()
    streams.Copy(end, os.open(console, os.O_WRONLY | os.O_APPEND), b"\0never").start()
    # Input that never comes; /dev/null is one of those it cannot wait on.
    silence, silent = os.pipe()
    inputs = [silence, *(os.dup(silence) for _ in outs)]
    line = UML_LINE.format(console=f"fd:{silence},fd:{log}").split()
    line += [f"ssl{nr}=fd:{inputs[nr]},fd:{fd}" for nr, fd in enumerate(outs, 1)]
    # r: read-only; c: no lock, since all machines read the same image.
    line += [f"ubd{nr}rc={image}" for nr, (_, image) in enumerate(_disks(args, parts))]
    if getattr(args, "disk", None):
        line += [f"ubd{len(_disks(args, parts))}={args.disk}"]
    line += [f"initrd={run}/initrd", f"mem={args.mem}M"]
    line += _raw_links(args.links, run)
    if args.cpus > 1:
        line += [f"ncpus={args.cpus}"]
    line += _more(args).split()
    env = dict(os.environ, SSI_BIND=":".join(d for d in (run, args.share, args.out) if d))
    machine = subprocess.Popen(
        [str(TOP / "scripts" / "in-toolbox"), "--network", "--", "env", "TMPDIR=/dev/shm", parts["kernel"], *line],
        stdin=subprocess.DEVNULL,
        stdout=open(f"{run}/machine.err", "wb"),
        stderr=subprocess.STDOUT,
        pass_fds=[*outs, *inputs, silent, log],
        env=env,
        preexec_fn=die_with_parent,
    )
    for fd in (*inputs, silent, log):
        os.close(fd)
    return machine


# In the run's folder, which may have any name: vng splits QEMU's arguments at spaces. The shell has the pipes' ends open.
VNG = """cp env cmd "$ROOT/ssi"
HOME=$PWD vng --run "$KERNEL" --root "$ROOT" --rw --force-9p --user root --name guest --verbose "$@"
"""


def vng(args, parts, run, console, outs):
    """Has virtme-ng start the stock kernel. Our ports are beside its own, whose last words may be lost when it switches off."""
    options = "-device virtio-serial-pci,id=ssi,max_ports=4"
    for nr, fd in enumerate(outs, 1):
        options += f" -chardev file,id=p{nr},path=/proc/1/fd/{fd},append=on"
        options += f" -device virtserialport,bus=ssi.0,chardev=p{nr},nr={nr}"
    argv = [str(TOP / "scripts" / "vng-root")]
    for kind in ("share", "out"):
        if getattr(args, kind):
            argv += [f"--{kind}", getattr(args, kind)]
    argv += ["--", "sh", "-c", VNG, "vng", "--cpus", str(args.cpus), "--memory", f"{args.mem}M"]
    if args.accel != "kvm":
        argv += ["--disable-kvm"]
        options += " -accel tcg,thread=single -cpu max,la57=off"
    options += "".join(f" {shlex.quote(word)}" for word in args.qemu_arg)
    argv += [f"--append={VNG_LINE} {args.append}", f"--qemu-opts={options}", "--exec", "exec /ssi/start"]
    return subprocess.Popen(
        argv,
        cwd=run,
        stdin=subprocess.DEVNULL,
        stdout=open(f"{run}/machine.err", "wb"),
        # Being verbose, it has the kernel's messages there.
        stderr=open(console, "ab"),
        pass_fds=outs,
        preexec_fn=die_with_parent,
    )


def stop(machine):
    """Switches it off: the disks are read-only, there is nothing to put in order."""
    try:
        os.killpg(machine.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    machine.wait()


def _monitor(run, command):
    """Gives QEMU's monitor a command, and waits until it is done."""
    with socket.socket(socket.AF_UNIX) as monitor:
        monitor.settimeout(30)
        monitor.connect(f"{run}/monitor")
        replies = monitor.makefile()
        replies.readline()  # who it is
        for word in ("qmp_capabilities", command):
            monitor.sendall(json.dumps({"execute": word}).encode() + b"\n")
            reply = {}
            while not reply.keys() & {"return", "error"}:  # events come between
                reply = json.loads(replies.readline())
            if "error" in reply:
                raise OSError(f"{word}: {reply['error'].get('desc')}")


def _kernels(machine, kernel):
    """Process numbers of a User Mode Linux: it is somewhere below the shell of its toolbox, in a session of its own. Programs of the guest
    are processes, too, which get nowhere without it."""
    parents = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            pass  # it has ended
    below, level = set(), {machine.pid}
    while level:
        below |= level
        level = {pid for pid, parent in parents.items() if parent in level}
    return [pid for pid in below if _program(pid) == os.path.basename(kernel)]


def _program(pid):
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return None


def _stands(pid):
    states = [task.read_text().rpartition(")")[2].split()[0] for task in pathlib.Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(state in "Tt" for state in states)


def pause(machine, run, kernel):
    """Has it stand still, as a hypervisor does that pauses it. With QEMU its clock stands still as well; that of User Mode Linux, whose
    program is `kernel`, is this machine's and goes on."""
    if not kernel:
        return _monitor(run, "stop")
    kernels = _kernels(machine, kernel)
    for pid in kernels:
        os.kill(pid, signal.SIGSTOP)
    end = time.monotonic() + 10
    while not kernels or not all(_stands(pid) for pid in kernels):
        if not kernels or time.monotonic() > end:
            raise OSError(f"{kernel} does not stand still: {kernels}")
        time.sleep(0.001)


def resume(machine, run, kernel):
    """Has it go on."""
    if not kernel:
        return _monitor(run, "cont")
    for pid in _kernels(machine, kernel):
        os.kill(pid, signal.SIGCONT)
