#!/bin/sh
# Run by QEMU, outside the hosts, for a connection of the fence agent inside.
cd "$(dirname "$0")" || exit 1
exec node ../../node_modules/tsx/dist/cli.mjs power-switch.ts
