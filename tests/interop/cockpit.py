"""Drives the real binary in a pseudo-terminal and reads its screen, as a person would."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import pyte


class Cockpit:
    """One run of the program. Waits are for what the screen shows; nothing sleeps for a fixed time."""

    def __init__(self, command, env, cols=120, rows=40, deadline=60):
        self.deadline = deadline
        self.screen = pyte.Screen(cols, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        os.set_blocking(self.fd, False)

    def text(self):
        rows = []
        for y in range(self.screen.lines):
            line = self.screen.buffer[y]
            rows.append("".join(line[x].data for x in range(self.screen.columns)).rstrip())
        return "\n".join(rows)

    def _pump(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self.fd, 65536)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not data:
            return False
        self.stream.feed(data)
        return True

    def wait(self, pattern, deadline=None):
        """Until the screen matches; returns the match."""
        wanted = re.compile(pattern, re.M)
        end = time.monotonic() + (deadline or self.deadline)
        while True:
            found = wanted.search(self.text())
            if found:
                return found
            left = end - time.monotonic()
            if left <= 0 or not self._pump(min(left, 0.2)):
                found = wanted.search(self.text())
                if found:
                    return found
                raise AssertionError(f"{pattern!r} did not appear; the screen says:\n{self.text()}")

    def changes(self, deadline=5):
        """Until the screen says something else, or it has had its time to."""
        before, end = self.text(), time.monotonic() + deadline
        while self.text() == before and time.monotonic() < end:
            self._pump(0.1)

    def rest(self, seconds):
        """Lets so much time pass, as a reader does, and takes in what is written meanwhile."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._pump(max(end - time.monotonic(), 0))

    def keys(self, text):
        os.write(self.fd, text.encode())

    def close(self):
        try:
            os.kill(self.pid, signal.SIGTERM)
        except ProcessLookupError:
            return
        end = time.monotonic() + 5
        while time.monotonic() < end:
            done, _ = os.waitpid(self.pid, os.WNOHANG)
            if done:
                return
            self._pump(0.05)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
