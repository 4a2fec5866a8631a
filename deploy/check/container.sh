#!/bin/sh
# Runs a command as a container engine would, as far as files and rights go: on a root made of this machine's /usr and /etc and of
# nothing else, which cannot be written to, with volumes and a /tmp of its own. It is started in a mount namespace of its own.
#
#     container.sh ROOT USER WORKDIR VOLUMES ENVIRONMENT COMMAND…
#
# VOLUMES is a file with lines "source target mode" (ro, rw, or exec for a program in the image), or "tmpfs target"; ENVIRONMENT is
# one with all variables. A USER of "" stays root, with its capabilities, as the servers' images have it.
set -eu

root=$1 user=$2 workdir=$3 volumes=$4 environment=$5
shift 5

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$root"
for dir in usr etc proc dev sys; do
  mkdir "$root/$dir"
  mount --rbind "/$dir" "$root/$dir"
done
for dir in bin sbin lib lib64; do
  [ ! -L "/$dir" ] || cp -P "/$dir" "$root/$dir"
done
mount -t tmpfs -o mode=755 tmpfs "$root/usr/local" # what this machine has there is no part of an image
while read -r source target mode; do
  if [ "$source" = tmpfs ]; then
    mkdir -p "$root$target"
    mount -t tmpfs -o mode=1777 tmpfs "$root$target"
    continue
  fi
  if [ -d "$source" ]; then mkdir -p "$root$target"; else mkdir -p "$(dirname "$root$target")" && { [ -e "$root$target" ] || : >"$root$target"; }; fi
  mount --bind "$source" "$root$target"
  [ "$mode" = rw ] || mount -o remount,bind,ro "$root$target"
done <"$volumes"
for dir in "" /usr /usr/local /etc; do mount -o remount,bind,ro "$root$dir"; done

while IFS= read -r variable; do set -- "$variable" "$@"; done <"$environment"
set -- env -i -C "$workdir" "$@"
[ -z "$user" ] || set -- setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
exec chroot "$root" "$@"
