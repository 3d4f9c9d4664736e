"""The simulator as the interop tests start it, in one place."""
import subprocess


class Simulator:
    """`flightdeck sim` on a free port, a minute a second; `url` says where."""

    def __init__(self, binary, *options, env=None):
        command = [binary, "sim", "--listen", "127.0.0.1:0", "--speed", "60", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
        self.url = self.process.stdout.readline().strip().rsplit(" ", 1)[-1]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
