#!/bin/sh
# The least that works, by RUN+= of 99-rebind-peer.rules: override, unbind, bind. No guard, no journal, no deadline.
device=/sys$DEVPATH address=${DEVPATH##*/}
echo vfio-pci > "$device/driver_override"
if [ -e "$device/driver" ]; then echo "$address" > "$device/driver/unbind"; fi
echo "$address" > /sys/bus/pci/drivers/vfio-pci/bind
