#!/bin/sh
# npm start: the assembled cluster, chapters/20-cluster/main.ts, on the reference.
#   npm start -- --brokers 1 --port 9092 --data data
#   npm start -- --mine           on your code in every chapter
#   npm start -- --mine 5,6       on your code in chapters 5 and 6
#   npm start -- --mine 6 --mine-brokers 1   broker 1 on your code in chapter 6, the others on the reference
# npm run broker: one broker alone, with KATAFKA_MAIN=main-server.
# All other arguments go to the program. A shell script because of its last line: node takes this process over, so that
# signals reach it and its exit code is passed on.
set -eu
cd "$(dirname "$0")/.."
node tools/check-setup.cjs

# npm start --mine: npm takes the flag for its own, and leaves a trace of it.
main=${KATAFKA_MAIN:-main}
case $main in
  main) command="npm start" ;;
  *) command="npm run broker" ;;
esac
for flag in mine mine-brokers brokers port data config override coordinator ui ui-port ui-host; do
  eval "kept=\${npm_config_$(echo "$flag" | tr - _)-}"
  if [ -n "$kept" ]; then
    echo "npm kept --$flag for itself. Flags come after a lone --, like this: $command -- --$flag $*" >&2
    exit 2
  fi
done

mine=none
mine_brokers=
left=$#
while [ "$left" -gt 0 ]; do
  argument=$1
  shift
  left=$((left - 1))
  case $argument in
    --mine=*) mine=${argument#--mine=} ;;
    --mine-brokers=*) mine_brokers=${argument#--mine-brokers=} ;;
    --mine-brokers)
      if [ "$left" -eq 0 ]; then
        echo "--mine-brokers: which? For example: $command -- --mine-brokers 1" >&2
        exit 2
      fi
      mine_brokers=$1
      shift
      left=$((left - 1))
      ;;
    --mine)
      mine=all
      if [ "$left" -gt 0 ]; then
        case $1 in
          [0-9]*)
            mine=$1
            shift
            left=$((left - 1))
            ;;
        esac
      fi
      ;;
    *) set -- "$@" "$argument" ;;
  esac
done

for number in $(echo "$mine" | tr , ' '); do
  case $number in
    none | all) continue ;;
    [0-9]) number=0$number ;;
  esac
  if ! ls -d "solutions/$number"-* >/dev/null 2>&1; then
    echo "--mine $mine: there is no chapter $number to run on your code." >&2
    exit 2
  fi
done

# Then the brokers' processes differ: the program settles which runs on what, itself it runs on the reference.
if [ -n "$mine_brokers" ]; then
  [ "$mine" != none ] || mine=all
  set -- "$@" --mine "$mine" --mine-brokers "$mine_brokers"
  mine=none
fi

# The reference of a chapter is taken under the condition solution-NN.
conditions=
for folder in solutions/[0-9][0-9]-*; do
  number=${folder#solutions/}
  number=${number%%-*}
  case ,$mine, in
    ,all, | *,"$number",* | *,"${number#0}",*) ;;
    *) conditions="$conditions -C solution-$number" ;;
  esac
done

# shellcheck disable=SC2086 # several words, none with a blank in it
exec node --import tsx $conditions "chapters/20-cluster/$main.ts" "$@"
