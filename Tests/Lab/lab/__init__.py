"""A Linux machine in software, with an IOMMU and hot-plug, for tests that write to a real kernel."""

from .agent import Command, CommandFailed, CommandTimeout, MachineGone, Result
from .machine import Machine

__all__ = ["Command", "CommandFailed", "CommandTimeout", "Machine", "MachineGone", "Result"]
