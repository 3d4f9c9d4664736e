#!/usr/bin/env bash
# Holds the simulator's answers, world by world, against the service models that boto3 ships.
# usage: conformance.sh BINARY          WIRECHECK names the checker, if it is not at its usual place
set -euo pipefail
binary=$1
here=$(cd "$(dirname "$0")/../.." && pwd)
checker=${WIRECHECK:-$here/../shared/conformance/wirecheck.py}
python=$here/.venv/bin/python
[ -f "$checker" ] || { echo "no checker at $checker: set WIRECHECK"; exit 2; }

failed=0
for way in tidy untidy; do
for world in fem incident fleet rollouts causes estate; do
    # what the checker reads without paging is the first page, and it drives the first service that is listed and expects
    # a rolling deployment of it: the seeds are those whose first pages are not empty, and name such a one
    case $way-$world in
        tidy-*) untidy="" ;;
        untidy-rollouts) untidy="--untidy 20" ;;
        *) untidy="--untidy 8" ;;
    esac
    log=$(mktemp)
    # shellcheck disable=SC2086 # two words or none
    "$binary" sim --listen 127.0.0.1:0 --world "$world" --speed 60 $untidy >"$log" 2>&1 &
    sim=$!
    for _ in $(seq 100); do grep -q 'listening on' "$log" && break; sleep 0.1; done
    url=$(sed -n 's/^listening on \(http[^ ]*\).*/\1/p' "$log" | head -n 1)
    if [ -z "$url" ]; then
        echo "$world: the simulator did not start"; cat "$log"; failed=1
    else
        echo "-- $world $untidy"
        # AWS refuses who asks faster than it allows, and so does the simulator; the checker asks as fast as it can, and
        # does not ask again. Then it waits until its rate is there again.
        told=$("$python" "$checker" --endpoint "$url" --writes) || {
            case $told in *"Rate exceeded"*) sleep 10; told=$("$python" "$checker" --endpoint "$url" --writes) || failed=1 ;;
            *) failed=1 ;;
            esac
        }
        echo "$told"
        case $world$untidy in fem | rollouts | estate)
            "$python" "$here/tests/interop/operations.py" "$checker" "$url" "$world" "$world-flightdeck" || failed=1 ;;
        esac
    fi
    kill "$sim" 2>/dev/null || true
    wait "$sim" 2>/dev/null || true
    rm -f "$log"
done
done
exit $failed
