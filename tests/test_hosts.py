"""Workers on hosts with addresses of their own (network namespaces), one of which vanishes and one is cut off."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from optuna.trial import TrialState
from storage_workers import config_of, finished_numbers, opened, runs
from waiting import until

from jaxreg.engine.storage import TAKEN_OVER

TRIALS = 16


def ip(*words, check=True):
    return subprocess.run(["ip", *words], capture_output=True, text=True, check=check)


class Host:
    """A network namespace that a cable joins to the server's: 10.213.<i>.2 here, 10.213.<i>.1 there."""

    def __init__(self, i):
        self.name, self.cable, self.server = f"jaxreg{i}", f"jaxreg{i}", f"10.213.{i}.1"
        ip("netns", "add", self.name)
        ip("link", "add", self.cable, "type", "veth", "peer", "name", "eth", "netns", self.name)
        ip("addr", "add", f"{self.server}/24", "dev", self.cable)
        ip("link", "set", self.cable, "up")
        ip("-n", self.name, "addr", "add", f"10.213.{i}.2/24", "dev", "eth")
        ip("-n", self.name, "link", "set", "eth", "up")

    def start(self, given):
        worker = str(Path(__file__).with_name("storage_workers.py"))
        command = ["ip", "netns", "exec", self.name, sys.executable, worker, json.dumps(given)]
        return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})

    def cut(self):
        ip("link", "set", self.cable, "down")

    def mend(self):
        ip("link", "set", self.cable, "up")

    def remove(self):
        ip("link", "del", self.cable, check=False)
        ip("netns", "del", self.name, check=False)


@pytest.fixture
def hosts():
    if os.getuid() != 0 or shutil.which("ip") is None:
        pytest.skip("hosts of their own need root and iproute2")
    hosts = []
    try:
        for i in range(1, 4):
            hosts.append(Host(i))
        yield hosts
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespaces here: {error.stderr.strip()}")
    finally:
        for host in hosts:
            host.remove()


def speaks_in_vain(process):
    """Returns whether something that a process on a host has sent was not answered and is sent again."""
    _, *connections = Path(f"/proc/{process.pid}/net/tcp").read_text().splitlines()
    return any(int(connection.split()[6], 16) for connection in connections)


@pytest.mark.slow
def test_a_host_that_vanishes_and_one_that_is_cut_off_for_a_while_cost_no_trial(hosts, postgres, tmp_path):
    postgres.create("hosts")
    places = [
        {"folder": str(tmp_path / host.name), "address": postgres.url("hosts", host=host.server), "trials": TRIALS}
        for host in hosts
    ]
    configs = [config_of(place["folder"], place["address"], trials=TRIALS) for place in places]
    lost, cut, steady = (
        host.start(place | {"free": free, "gates": [str(tmp_path / gate)]})
        for host, place, free, gate in zip(hosts, places, (0, 1, 1), ("never", "cut", "mended"), strict=True)
    )
    until(lambda: [len(runs(config)) for config in configs] == [1, 2, 2])
    hosts[0].cut()  # no word of it reaches the server
    os.kill(lost.pid, signal.SIGKILL)
    hosts[1].cut()
    (tmp_path / "cut").touch()
    until(lambda: speaks_in_vain(cut), cut)
    hosts[1].mend()
    until(lambda: len(runs(configs[1])) > 2, cut)  # it goes on
    (tmp_path / "mended").touch()
    assert [cut.wait(), steady.wait()] == [0, 0]
    study = opened(config_of(tmp_path / "afterwards", postgres.url("hosts"), trials=TRIALS))
    trials = study.get_trials(deepcopy=False)
    assert sorted(finished_numbers(study)) == list(range(TRIALS))
    assert not [trial for trial in trials if trial.state is TrialState.RUNNING]
    assert trials[runs(configs[0])[0]].user_attrs[TAKEN_OVER] >= 1
