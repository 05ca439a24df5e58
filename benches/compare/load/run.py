"""A protected route under load: prints a page of Markdown. `cargo xtask bench load` writes it down.

Three servers (`benches/compare/load`, one thread each) take turns under wrk: one route open to everybody, one protected
by countersign, one by axum-extra with jsonwebtoken. The processor time of the server for a request is compared, by
getrusage, because on a shared machine it moves far less than requests a second do.
"""

import datetime
import pathlib
import re
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
ROUNDS, SECONDS, CONNECTIONS = 7, 4, 32
SERVERS = ["none", "ours", "peer"]
# Algorithm, how many verified tokens countersign remembers, the most microseconds that it may add.
SCENARIOS = [("HS256", [], 3.0), ("EdDSA", [], None), ("EdDSA", ["10000"], 2.0)]

# Each request has the next client's token.
SCRIPT = """
local requests, turn = {}, 0
function init()
  for token in io.lines("%s") do
    requests[#requests + 1] = wrk.format("GET", "/", { Authorization = "Bearer " .. token })
  end
end
function request()
  turn = turn %% #requests + 1
  return requests[turn]
end
"""


class Server:
    def __init__(self, program, words, folder):
        self.process = subprocess.Popen([program, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        tokens = iter(self.process.stdout.readline, "\n")
        tokens_file = folder / f"{self.port}.tokens"
        tokens_file.write_text("".join(tokens))
        self.script = folder / f"{self.port}.lua"
        self.script.write_text(SCRIPT % tokens_file)
        self.rounds = []

    def used(self):
        """The processor time so far in microseconds."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def load(self):
        before = self.used()
        url = f"http://127.0.0.1:{self.port}/"
        options = ["-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-s", self.script]
        text = subprocess.run(["wrk", *options, url], check=True, capture_output=True, text=True).stdout
        assert "Non-2xx" not in text and "Socket errors" not in text, text
        count = int(re.search(r"(\d+) requests in", text)[1])
        latency = {percent: microseconds(text, percent) for percent in ("50%", "99%")}
        self.rounds.append(((self.used() - before) / count, count / SECONDS, latency["50%"], latency["99%"]))

    def medians(self):
        return [statistics.median(values) for values in zip(*self.rounds)]


def microseconds(text, percent):
    number, unit = re.search(rf"{percent}\s+([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 1, "ms": 1e3, "s": 1e6}[unit]


def measure(program, words, folder):
    servers = [Server(program, [name, *words], folder) for name in SERVERS]
    for _ in range(ROUNDS):
        for server in servers:
            server.load()
    for server in servers:
        server.process.stdin.close()
        server.process.wait()
    return servers


def main():
    build = ["cargo", "build", "--quiet", "--release", "--locked", "--package", "countersign-load"]
    subprocess.run([*build, "--manifest-path", "benches/compare/Cargo.toml"], cwd=ROOT, check=True)
    program = ROOT / "benches/compare/target/release/countersign-load"
    routes, added = [], []
    with tempfile.TemporaryDirectory() as folder:
        for algorithm, remembered, limit in SCENARIOS:
            name = algorithm + (", remembered" if remembered else "")
            servers = measure(program, [algorithm, *remembered], pathlib.Path(folder))
            for route, server in zip(["open", "countersign", "peer"], servers):
                used, rate, half, most = server.medians()
                routes.append(f"| {name} | {route} | {rate:.0f} | {half:.0f} | {most:.0f} | {used:.2f} |")
            pairs = [zip(server.rounds, servers[0].rounds) for server in servers[1:]]
            ours, peer = [statistics.median(one[0] - none[0] for one, none in pair) for pair in pairs]
            verdict = "" if limit is None else "met" if ours <= limit else "**missed**"
            added.append(f"| {name} | {ours:.2f} | {limit or ''} | {peer:.2f} | {ours / peer:.2f} | {verdict} |")
    rustc = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    print(f"""# A protected route under load

Written by `cargo xtask bench load`, {datetime.date.today()}, {rustc}.

`GET /` on axum over loopback, {CONNECTIONS} connections, a thousand clients with a token each, {ROUNDS} rounds of \
{SECONDS} s for each server in turns, medians. The servers have one thread. Ours also checks a million revoked tokens,
10,000 sessions and 1,000 subjects; the peer, axum-extra's `TypedHeader` with jsonwebtoken on aws-lc-rs, checks none.

| | route | requests/s | p50 us | p99 us | processor us/request |
|---|---|--:|--:|--:|--:|
{chr(10).join(routes)}

Processor time that protection adds to a request of the open route:

| | countersign us | at most | peer us | ratio | |
|---|--:|--:|--:|--:|---|
{chr(10).join(added)}""")


main()
