# Installs the Debian packages named as arguments without letting them start servers of their own.
set -e
export DEBIAN_FRONTEND=noninteractive
placed=
trap 'rm -f $placed' EXIT
trap 'exit 130' INT TERM
place() { # path, mode; content from standard input. What is there already stays.
    [ -e "$1" ] && return
    mkdir -p "$(dirname "$1")"
    cat >"$1"
    chmod "$2" "$1"
    placed="$placed $1"
}
# Debian would create a cluster `main` on the standard port.
echo 'create_main_cluster = false' | place /etc/postgresql-common/createcluster.d/xiangtu.conf 644
# Asked by packages before they start a daemon; 101 forbids.
printf '#!/bin/sh\nexit 101\n' | place /usr/sbin/policy-rc.d 755
apt-get update -q || true
apt-get install -q -y --no-install-recommends "$@"
