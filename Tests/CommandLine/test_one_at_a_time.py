"""Drivers that do not bear company: functions are taken from them one at a time, from others in parallel."""

import pytest

from made_up_root import policy
from pretend_kernel import WRITTEN, PretendKernel

ADDRESSES = [f"0000:{bus:02x}:00.0" for bus in range(4, 8)]


@pytest.mark.parametrize("driver, writers", [("ioatdma", 1), ("e1000e", len(ADDRESSES))])
def test_how_many_write_at_once(root, program, driver, writers):
    for group, address in enumerate(ADDRESSES):
        root.add_function(address, "8086:2021", driver=driver, group=group)
    root.add_policy(policy("channels", 'id = "8086:2021"'))
    with PretendKernel(root) as kernel:
        functions = program("apply", "--json", before=kernel.before).ends(0).functions
        unbinds = [text for name, file, text in kernel.journal if (name, file) == (driver, "unbind")]
    assert {each["outcome"] for each in functions.values()} == {"rebound"}
    assert sorted(unbinds) == ADDRESSES
    trace = (root.path.parent / "stops-0").read_text()
    found = [WRITTEN.match(line) for line in trace.splitlines()]
    assert len({each[1] for each in found if each and each[2].endswith(f"/{driver}/unbind")}) == writers
