# Installs the Debian packages named as arguments without letting them start servers of their own.
set -e
export DEBIAN_FRONTEND=noninteractive
placed=
trap 'rm -f $placed' EXIT
trap 'exit 130' INT TERM
place() { # path, mode, content. What is there already stays.
    [ -e "$1" ] && return
    placed="$placed $1"
    mkdir -p "$(dirname "$1")"
    printf '%s\n' "$3" >"$1"
    chmod "$2" "$1"
}
# Debian would create a cluster `main` on the standard port.
place /etc/postgresql-common/createcluster.d/xiangtu.conf 644 'create_main_cluster = false'
# Asked by packages before they start a daemon; 101 forbids.
place /usr/sbin/policy-rc.d 755 '#!/bin/sh
exit 101'
apt-get update -q || true
apt-get install -q -y --no-install-recommends "$@"
