"""IBM Z. These trees are constructed: from Documentation/arch/s390/pci.rst, not copied from a machine, which nobody
here has."""

import pytest

from made_up_root import RELEASE, policy
from pretend_kernel import PretendKernel

ROCE = "0001:00:00.0"
SECOND = "0002:00:00.0"
ISM = "1100:00:00.0"


class Mainframe(PretendKernel):
    """Deconfigures a function instead of unbinding it."""

    deconfigures = None

    def _unbind(self, driver, address):
        if address == self.deconfigures:
            self.root.unplug(address)
        else:
            super()._unbind(driver, address)


@pytest.fixture
def mainframe(root):
    """Two RoCE functions and an ISM: with UID checking the domain is the UID, and each function has a group of its
    own."""
    root.write("/sys/firmware/clp/uid_checking", "1\n")
    for number, (address, id, class_code, driver, fid, pchid, pft) in enumerate([
        (ROCE, "15b3:1003", "020000", "mlx4_core", 0x100, 0x1C0, 0x02),
        (SECOND, "15b3:1003", "020000", "mlx4_core", 0x200, 0x1C4, 0x02),
        (ISM, "1014:04ed", "000000", "ism", 0x1000, 0x7C0, 0x05),
    ]):
        root.add_function(address, id, class_code=class_code, driver=driver, group=number, subsystem="1014:0000")
        device = root.device(address)
        facts = {
            "function_id": f"0x{fid:08x}", "uid": f"0x{int(address[:4], 16):x}", "pchid": f"0x{pchid:04x}",
            "pft": f"0x{pft:02x}", "pfgid": "0x01", "vfn": "0x0000", "port": "0", "mio_enabled": "1",
            "uid_is_unique": "1", "function_handle": "0x20001234",
        }
        for name, fact in facts.items():
            root.write(f"{device}/{name}", fact + "\n")
        root.write(f"/sys/bus/pci/slots/{fid:08x}/address", f"{address[:-2]}\n")
        root.write(f"/sys/bus/pci/slots/{fid:08x}/power", "1\n")
    # A function in standby has a slot and nothing else.
    root.write("/sys/bus/pci/slots/00000300/power", "0\n")
    return root


@pytest.fixture
def pretended(mainframe):
    """A pretended kernel that can take a function out while it is unbound."""
    with Mainframe(mainframe) as kernel:
        yield kernel


@pytest.mark.parametrize("match, wanted", [
    ('fid = "100"', [ROCE]), ('fid = ["0x00000200", "0x100"]', [ROCE, SECOND]), ('fid = "300"', []),
    ('uid = "0x1"', [ROCE]), ('uid = "1100"', [ISM]), ('pchid = ["01c4"]', [SECOND]), ('pchid = "7C0"', [ISM]),
    ('slot = "00000100"', [ROCE]), ('address = "0001:000:000:0"', [ROCE]), ('address = "000?:00:00.0"', [ROCE, SECOND]),
    ('id = "15b3:1003", uid = "2"', [SECOND]),
])
def test_a_function_is_named_by_what_firmware_calls_it(mainframe, program, match, wanted):
    mainframe.add_policy(policy("one", match))
    functions = program("plan", "--json").ends(0).functions
    assert list(functions) == wanted
    assert all(function["decision"] == "rebind" for function in functions.values())


def test_list_and_explain(mainframe, program):
    mainframe.add_policy(policy("one", 'fid = "100"'))
    listed = program("list", "--json").ends(0).functions
    assert [(address, function["iommu_group"], function["policy"]) for address, function in listed.items()] == [
        (ROCE, 0, "one"), (SECOND, 1, None), (ISM, 2, None),
    ]
    trial = program("explain", "--json", SECOND).ends(0).document["policies"][0]
    assert (trial["key"], trial["wanted"], trial["found"]) == ("fid", ["0x100"], "0x200")


def test_ism_goes_to_its_variant_driver(mainframe, program):
    mainframe.write(
        f"/lib/modules/{RELEASE}/modules.alias",
        "alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n"
        "alias vfio_pci:v00001014d000004EDsv*sd*bc*sc*i* ism_vfio_pci\n")
    mainframe.add_module("ism_vfio_pci")
    mainframe.add_policy(policy("all", 'uid = ["1", "1100"]', driver='"auto"'))
    functions = program("plan", "--json").ends(0).functions
    assert [functions[address]["target"] for address in (ROCE, ISM)] == ["vfio-pci", "ism_vfio_pci"]


def test_apply_and_release_by_fid(mainframe, program, pretended):
    mainframe.add_policy(policy("one", 'fid = "100"'))
    done = program("apply", "--json", before=pretended.before).ends(0).functions
    assert (list(done), done[ROCE]["outcome"], mainframe.driver(ROCE)) == ([ROCE], "rebound", "vfio-pci")
    assert mainframe.driver(SECOND) == "mlx4_core"
    done = program("release", "--json", ROCE, before=pretended.before).ends(0).functions
    assert (done[ROCE]["outcome"], mainframe.driver(ROCE)) == ("released", "mlx4_core")


def test_a_function_that_is_deconfigured_in_mid_flight_has_vanished(mainframe, program, pretended):
    pretended.deconfigures = ROCE
    mainframe.add_policy(policy("one", 'fid = ["100", "200"]'))
    done = program("apply", "--json", before=pretended.before).ends(1).functions
    assert (done[ROCE]["outcome"], done[SECOND]["outcome"]) == ("vanished", "rebound")
    assert not mainframe.at(f"/run/vfio-rebind/journal/{ROCE}").exists()
    # Configured again it is a new function, of the same FID.
    mainframe.add_function(ROCE, "15b3:1003", driver="mlx4_core", group=0)
    mainframe.write(f"{mainframe.device(ROCE)}/function_id", "0x00000100\n")
    pretended.deconfigures = None
    done = program("apply", "--json", before=pretended.before).ends(0).functions
    assert done[ROCE]["outcome"] == "rebound"
