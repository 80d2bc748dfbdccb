"""Functions that share a device ID: what is remembered of them decides as a look at all of them would."""

import random
import shutil

import pytest

from made_up_root import policy

NIC, ROCE = "8086:10d3", "15b3:1003"
NATIVES = {NIC: "e1000e", ROCE: "mlx4_core"}
PLACES = [f"0000:{bus:02x}:00.0" for bus in range(4, 12)]
OUTCOMES = {"rebind": "rebound"}


def handle(program, kernel, address, action="add"):
    """The event of a function, as udev would tell it; what is reported of it, if anything."""
    result = program("handle", "--json", "--action", action, "--devpath", f"/devices/pci0000:00/{address}", before=kernel.before)
    return result.functions.get(address)


class Host:
    """A host that changes at random, and policies that do."""

    def __init__(self, root, program, kernel, seed):
        self.root, self.program, self.kernel = root, program, kernel
        self.random = random.Random(seed)
        self.present, self.groups, self.kept = {"0000:04:00.0": NIC}, 100, set()
        self.follow()

    def follow(self):
        """Other policies: one or two that name IDs, and perhaps one that leaves functions alone."""
        method = self.random.choice([None, None, "new_id", "driver_override"])
        ids = self.random.choice([[NIC], [ROCE], [NIC, ROCE]])
        keys = {} if method is None else {"method": f'"{method}"'}
        texts = []
        self.kept = set(self.random.sample(PLACES, self.random.choice([0, 0, 1, 2])))
        texts += [policy(f"stay-{place[5:7]}", f'address = "{place}"', action='"ignore"') for place in sorted(self.kept)]
        texts.append(policy("cards", f"id = [{', '.join(map(repr, ids))}]".replace("'", '"'), **keys))
        if self.random.random() < 0.3:
            place = self.random.choice(PLACES)
            texts.append(policy("one", f'id = "{ROCE}", address = "{place}"', method='"new_id"'))
        self.root.add_policy("".join(texts))
        return self.anyone()

    def anyone(self):
        """A function that is there; None where none is."""
        return self.random.choice(sorted(self.present)) if self.present else None

    def plug(self):
        """A function comes, with or without a driver."""
        free = sorted(set(PLACES) - set(self.present))
        if not free:
            return self.anyone()
        place, kind = self.random.choice(free), self.random.choice([NIC, NIC, ROCE])
        self.groups += 1
        driver = self.random.choice([NATIVES[kind], NATIVES[kind], None])
        self.root.add_function(place, kind, driver=driver, group=self.groups)
        self.present[place] = kind
        return place

    def plug_unheard(self):
        """A function comes, and nobody hears of it before something happens to another."""
        others = sorted(self.present)
        self.plug()
        return self.random.choice(others) if others else None

    def unplug(self):
        """A function goes."""
        if place := self.anyone():
            self.root.unplug(place)
            del self.present[place]
        return self.anyone()

    def take(self):
        """Somebody gives a function to its native driver."""
        if place := self.anyone():
            self.root.drive(place, NATIVES[self.present[place]])
        return place

    def use(self):
        """Somebody takes a function and uses it."""
        if place := self.take():
            name = f"eth{place[5:7]}"
            if not self.root.at(f"{self.root.device(place)}/net/{name}").exists():
                self.root.add_interface(place, name)
            self.root.route_by_default(name)
        return place

    def stop_use(self):
        """Nothing is used any more."""
        lines = self.root.text("proc/net/route").splitlines(keepends=True)
        self.root.write("proc/net/route", lines[0])
        return self.anyone()

    def release(self):
        """Somebody wants a function back, and it is held."""
        if place := self.anyone():
            self.program("release", place, before=self.kernel.before)
        return place

    def apply(self):
        """A hold ends."""
        if place := self.anyone():
            self.program("apply", place, before=self.kernel.before)
        return place

    def change(self):
        """Something happens; a function of which there is an event then."""
        ways = [self.plug] * 4 + [self.plug_unheard, self.unplug, self.take, self.take, self.use, self.stop_use,
                                  self.follow, self.release, self.apply]  # fmt: skip
        way = self.random.choice(ways)
        return way.__name__, way()

    def forget_memory(self):
        """What would speak of another subject: rounds of taking and giving, and refusals that outlive their reason."""
        shutil.rmtree(self.root.at("run/vfio-rebind/rounds"), ignore_errors=True)
        shutil.rmtree(self.root.at("var/lib/vfio-rebind"), ignore_errors=True)


def steps(function):
    """What is written for a function."""
    return [(step["op"], step["path"], step["value"]) for step in function["steps"]]


@pytest.mark.parametrize("seed", range(5))
def test_an_event_ends_as_a_look_at_the_whole_host_says(root, program, kernel, seed):
    print(f"seed {seed}")
    root.add_driver("mlx4_core")
    host = Host(root, program, kernel, seed)
    for number in range(10):
        change, place = host.change()
        host.forget_memory()
        for address in dict.fromkeys([place, host.anyone()]):
            if address is None:
                continue
            where = f"seed {seed}, change {number} ({change}), event of {address}"
            planned = program("plan", "--json", "--all").functions[address]
            if planned["decision"] != "held":  # naming a function lifts its hold
                planned = program("plan", "--json", address).functions[address]
            done = handle(program, kernel, address)
            expected = OUTCOMES.get(planned["decision"], planned["decision"])
            if done is None:
                assert expected in ("already", "ignored", "held", "unmatched"), where
            else:
                assert done["outcome"] in (expected, "ignored" if expected == "unmatched" else expected), where
                assert steps(done) == steps(planned), where
            assert f"{host.present[address]}  take back from" not in program("plan").out, where
