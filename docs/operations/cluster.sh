#!/bin/sh
# Three machines with a ZooKeeper and a broker each, from a fourth one, over ssh:
#   sh cluster.sh distribute | start | stop | status
# The numbers of servers and brokers are the places of their hosts in this list: never change the order.
set -eu
hosts=${KATAFKA_HOSTS:-kafka1 kafka2 kafka3}
here=$(cd "$(dirname "$0")" && pwd)
# A server gives up when it finds no others for so long; a broker when it finds no ZooKeeper.
limit_seconds=60

each() {
  for host in $hosts; do
    echo "$host: $*"
    ssh "$host" "$@"
  done
}

# Waits until the server at $1 leads others, or follows one.
await_zookeeper() {
  left=$limit_seconds
  until mode "$1" | grep -q -E 'leader|follower'; do
    left=$((left - 1))
    if [ "$left" -le 0 ]; then
      echo "$1: the ZooKeeper found no others in $limit_seconds seconds: journalctl -u zookeeper" >&2
      exit 1
    fi
    sleep 1
  done
}

mode() {
  ssh "$1" "printf srvr | nc -w 2 localhost 2181 | sed -n 's/^Mode: //p'" || true
}

distribute() {
  id=0
  for host in $hosts; do
    id=$((id + 1))
    echo "$host: number $id"
    ssh "$host" "cat > /etc/zookeeper/conf/zoo.cfg" <"$here/zoo.cfg"
    echo "$id" | ssh "$host" "cat > /var/lib/zookeeper/myid"
    sed "s/@ID@/$id/; s/@HOST@/$host/" "$here/server.properties" |
      ssh "$host" "mkdir -p /etc/katafka && cat > /etc/katafka/server.properties"
    ssh "$host" "cat > /etc/systemd/system/katafka.service && systemctl daemon-reload" <"$here/katafka.service"
  done
}

# A broker without a ZooKeeper is nobody: ZooKeeper first.
start() {
  each systemctl start zookeeper
  for host in $hosts; do await_zookeeper "$host"; done
  each systemctl start katafka
}

# A broker that ends in order tells its controller, through ZooKeeper: ZooKeeper last. One after the other, so that each
# can hand over what it leads.
stop() {
  each systemctl stop katafka
  each systemctl stop zookeeper
}

status() {
  for host in $hosts; do
    broker=$(ssh "$host" systemctl is-active katafka || true)
    zookeeper=$(mode "$host")
    echo "$host: broker $broker, ZooKeeper ${zookeeper:-down}"
  done
}

case ${1-} in
  distribute | start | stop | status) "$1" ;;
  *)
    echo "sh cluster.sh distribute | start | stop | status" >&2
    exit 2
    ;;
esac
