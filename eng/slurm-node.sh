#!/usr/bin/env bash
# A Slurm of one node on loopback, for tests: its files, key and ports are its own. Needs root and the packages slurm-wlm and munge.
#   slurm-node.sh start FOLDER      prints FOLDER/slurm.conf, for SLURM_CONF
#   slurm-node.sh stop FOLDER       ends the daemons and every job
#   slurm-node.sh crash FOLDER      the node dies with all that runs on it
#   slurm-node.sh daemon FOLDER     slurmd alone is killed and started again; jobs run on
#   slurm-node.sh boot FOLDER       the node comes back
set -eu
verb=$1; folder=$(mkdir -p "$2"; cd "$2"; pwd)
export SLURM_CONF=$folder/slurm.conf
pid() { cat "$folder/$1.pid" 2>/dev/null || true; }
alive() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null; }
end() { local p; p=$(pid "$1"); if alive "$p"; then kill -"${2:-TERM}" "$p"; for _ in $(seq 100); do alive "$p" || break; sleep 0.1; done; alive "$p" && kill -KILL "$p"; fi; true; }
# Every step's daemon, and what it started: they carry this cluster's spool folder on their command line or below it.
steps() { for p in $(pgrep -x slurmstepd || true); do grep -qz "SLURM_CONF=$SLURM_CONF" "/proc/$p/environ" 2>/dev/null && echo "$p"; done; true; }
tree() { for c in $(pgrep -P "$1" || true); do tree "$c"; echo "$c"; done; }
kill_steps() { for s in $(steps); do for p in $(tree "$s") $s; do kill -KILL "$p" 2>/dev/null || true; done; done; }
wait_node() { for _ in $(seq 200); do sinfo -h -o %t 2>/dev/null | grep -qE '^(idle|mix|alloc)$' && return 0; sleep 0.1; done; sinfo >&2; return 1; }
start_slurmd() { slurmd -f "$SLURM_CONF" "$@" </dev/null >>"$folder/slurmd.out" 2>&1; }

case $verb in
start)
  port=$((20000 + ($$ * 7) % 20000)); host=$(hostname -s)
  mkdir -p "$folder/state" "$folder/spool" "$folder/munge"; chmod 700 "$folder/munge"
  head -c 128 /dev/urandom >"$folder/munge/key"; chmod 400 "$folder/munge/key"
  cat >"$SLURM_CONF" <<CONF
ClusterName=modelops
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CredType=cred/munge
SlurmctldPort=$port
SlurmdPort=$((port + 1))
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/builtin
SchedulerParameters=sched_min_interval=100000
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=${SLURMD_TIMEOUT:-300}
SlurmctldTimeout=60
KillWait=5
MinJobAge=${MIN_JOB_AGE:-300}
InactiveLimit=0
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
  # The folder may lie below /tmp, which everybody may write to: munged must be told that this is meant.
  munged --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" --pid-file="$folder/munged.pid" --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" --num-threads=1
  slurmctld -f "$SLURM_CONF" -c </dev/null >>"$folder/slurmctld.out" 2>&1
  start_slurmd
  wait_node; echo "$SLURM_CONF" ;;
daemon) end slurmd KILL; start_slurmd; wait_node ;;
# The controller would notice by itself after SlurmdTimeout; it is told, so that nobody has to wait.
crash) end slurmd KILL; kill_steps; scontrol update nodename="$(hostname -s)" state=down reason=crashed ;;
boot) start_slurmd -b; scontrol update nodename="$(hostname -s)" state=resume 2>/dev/null || true; wait_node ;;
stop) end slurmd; kill_steps; end slurmctld; end munged ;;
*) sed -n '2,8p' "$0"; exit 2 ;;
esac
