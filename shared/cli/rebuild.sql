-- What `rebuild` asks; {braces} are names of our own tables and indexes.

-- name: one_at_a_time
select pg_try_advisory_lock(7146321052)

-- name: options
select array_to_string(reloptions, ', ') from pg_class where oid = $1::text::regclass

-- name: create_new
drop table if exists {new};
create table {new} (like {table} including all) {options}

-- name: drop_new
drop table if exists {new}

-- name: page
select pos, version, type, data, tenant, at from events
where part = $1 and pos > $2 and pos <= $3 and type = any($4::text[]) order by pos limit $5

-- name: shut_out_writers
-- First, so that no worker holds the table while it waits for a position; readers are let in until the swap.
lock table {table} in share row exclusive mode

-- name: claim_all
-- In the order of the partitions, as commits and claims do; held until the swap has been committed.
with held as (select part from positions order by part for update)
update positions p set epoch = p.epoch + 1, owner = 'rebuild' from held where p.part = held.part
returning p.part, p.event_pos

-- name: grants
select case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end, acl.privilege_type
from pg_class c, aclexplode(c.relacl) acl
where c.oid = $1::text::regclass and acl.grantee <> c.relowner

-- name: grant
grant {privilege} on {new} to {role}

-- name: revoke
revoke all on {new} from {role}

-- name: indexes
-- Two indexes of one form are the same in everything but their names.
select quote_ident(c.relname), format('%s %s %s %s %s %s %s', i.indisprimary, i.indisunique, i.indkey, i.indclass,
    i.indoption, pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid))
from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = $1::text::regclass order by 2, 1

-- name: swap
drop table {table};
alter table {new} rename to {table}

-- name: rename_index
alter index {from_name} rename to {to_name}

-- name: analyze
analyze {table}
