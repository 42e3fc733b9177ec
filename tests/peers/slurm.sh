#!/usr/bin/env bash
# Usage: slurm.sh BUILD_DIRECTORY
#
# scripts/sweep.sbatch under a Slurm of its own on this machine (root, Debian's slurm-wlm and munge): an array of three
# tasks, one of which is requeued while it runs, merges to what one process computes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
TERNSIM=$(realpath "${1:-build/release}")/bin/ternsim
export TERNSIM
for tool in munged slurmctld slurmd sbatch; do
  if ! PATH=$PATH:/usr/sbin command -v $tool >/dev/null; then
    echo "SKIPPED: no $tool (Debian: slurm-wlm, munge)"
    exit 0
  fi
done
if [ "$(id -u)" -ne 0 ]; then
  echo "SKIPPED: Slurm's daemons want root"
  exit 0
fi
PATH=$PATH:/usr/sbin
dir=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$dir"
}
trap finish EXIT

chmod 755 "$dir"
mkdir "$dir/munge" "$dir/state" "$dir/spool"
chmod 700 "$dir/munge"
head -c 1024 /dev/urandom >"$dir/munge/key"
chmod 400 "$dir/munge/key"
munged --foreground --force --socket="$dir/munge.socket" --key-file="$dir/munge/key" --pid-file="$dir/munge/pid" \
  --seed-file="$dir/munge/seed" --log-file="$dir/munge/log" >"$dir/munged.log" 2>&1 &
pids+=($!)

export SLURM_CONF=$dir/slurm.conf
cat >"$SLURM_CONF" <<EOF
ClusterName=local
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket
CredType=cred/munge
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
ReturnToService=2
MpiDefault=none
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=local Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOF
for _ in $(seq 50); do [ -S "$dir/munge.socket" ] && break || sleep 0.2; done
slurmctld -D >"$dir/slurmctld.log" 2>&1 &
pids+=($!)
slurmd -D >"$dir/slurmd.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do sinfo -h -o %T 2>/dev/null | grep -q idle && break || sleep 0.3; done
if ! sinfo -h -o %T | grep -q idle; then
  tail -n 20 "$dir"/*.log >&2
  echo "SKIPPED: Slurm's daemons start no node on this machine; their logs are above"
  exit 0
fi

cat >"$dir/sweep.yaml" <<EOF
name: shards
base: {accelerator: edge-lpddr5x, model: bitnet-b158-2b4t, workload: decode-512, technology: published-7nm}
set: {workload.decode_tokens: 1, matrix_unit.rtl_config: ~}
axes:
  matrix_unit.rows: [8, 16, 32]
  dram.channels: {from: 1, to: 8, step: 1}
  clock_hz: [0.5e9, 1.0e9]
search: {method: grid}
objectives: [tokens_per_second, joules_per_token_mid, area_m2]
EOF
job=$(sbatch --parsable --array=1-3 --cpus-per-task=1 --chdir="$dir" "$PWD/scripts/sweep.sbatch" "$dir/sweep.yaml" "$dir/out")
for _ in $(seq 100); do [ -s "$dir/out/1.db" ] && break || sleep 0.2; done
scontrol requeue "${job}_1" || echo "note: task 1 had ended before it could be requeued"
for _ in $(seq 600); do [ -z "$(squeue -h -j "$job" 2>/dev/null)" ] && break || sleep 0.5; done
"$TERNSIM" merge "$dir/out/all.db" "$dir/out/1.db" "$dir/out/2.db" "$dir/out/3.db"
"$TERNSIM" sweep "$dir/sweep.yaml" -o "$dir/whole.db" --rows 0
columns="settings, status, error, tokens_per_second, joules_per_token_mid, area_m2, cycles"
for store in out/all whole; do
  sqlite3 "$dir/$store.db" "SELECT $columns FROM points ORDER BY settings" >"$dir/$(basename $store).txt"
done
if [ "$(wc -l <"$dir/whole.txt")" -ne 48 ] || ! cmp "$dir/all.txt" "$dir/whole.txt"; then
  tail -n 20 "$dir"/*.log >&2
  echo "FAILED: the shards of the Slurm array do not make the whole sweep" >&2
  exit 1
fi
echo "slurm: 3 tasks, 48 points, equal to one process's"
