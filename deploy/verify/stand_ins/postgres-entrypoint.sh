#!/bin/sh
# What the official image of PostgreSQL does with the variables that docker-compose.yml sets, and no more.
set -eu
binaries=$(echo /usr/lib/postgresql/*/bin)
data=/var/lib/postgresql/data
if [ ! -s "$data/PG_VERSION" ]; then
    "$binaries/initdb" --pgdata="$data" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" \
        --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8
    echo "host all all all scram-sha-256" >> "$data/pg_hba.conf"
    "$binaries/pg_ctl" --pgdata="$data" --wait --options="-c listen_addresses=''" start
    "$binaries/createdb" --host=/var/run/postgresql --username="$POSTGRES_USER" "$POSTGRES_DB"
    "$binaries/pg_ctl" --pgdata="$data" --wait stop
fi
exec "$binaries/postgres" -D "$data" -c "listen_addresses=*"
