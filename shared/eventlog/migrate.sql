-- What `migrate` does beside running the numbered files.

-- name: lock
-- Several processes may migrate at once: the first does it, the others wait here and find it done.
select pg_advisory_xact_lock(7146321051)

-- name: how_to_create_schema
select format('create schema if not exists %I', $1::text)

-- name: enter_schema
select set_config('search_path', quote_ident($1), true)

-- name: migrations_table
create table if not exists migrations (
    file text primary key,
    sha256 text not null,
    applied_at timestamptz not null default now()
)

-- name: applied
select file, sha256 from migrations order by file

-- name: record
insert into migrations (file, sha256) values ($1, $2)

-- name: layout
insert into layout (partitions) values ($1) on conflict (one) do nothing

-- name: partitions
select partitions from layout

-- name: positions
insert into positions (part) select part from generate_series(0, $1 - 1) part on conflict (part) do nothing

-- name: create_role
-- Roles belong to the whole server; another database may be creating the same one right now.
do $$
begin
    if not exists (select from pg_roles where rolname = 'fairground_service') then
        create role fairground_service nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end $$

-- name: join_role
do $$
begin
    if not pg_has_role(session_user, 'fairground_service', 'member') then
        execute format('grant fairground_service to %I', session_user);
    end if;
end $$

-- name: grant_rights
-- A service may write everything but history and its own layout.
do $$
declare
    here text := quote_ident(current_schema());
begin
    execute 'grant usage on schema ' || here || ' to fairground_service';
    execute 'grant select, insert, update, delete, truncate on all tables in schema ' || here || ' to fairground_service';
    execute 'grant usage, select on all sequences in schema ' || here || ' to fairground_service';
    execute 'alter default privileges in schema ' || here
        || ' grant select, insert, update, delete, truncate on tables to fairground_service';
    execute 'revoke update, delete, truncate on events from fairground_service';
    execute 'revoke insert, update, delete, truncate on migrations, layout from fairground_service';
end $$

-- name: catalogue
-- One line for everything in a schema that two databases could differ in.
with relations as (
    select c.oid, c.relname, c.relkind, c.reloptions from pg_class c
    where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S')
)
select format('table %s kind %s options %s', relname, relkind,
    array(select unnest(reloptions) order by 1)) from relations
union all
select format('column %s.%s place %s type %s%s%s default %s', r.relname, a.attname,
    row_number() over (partition by r.oid order by a.attnum), format_type(a.atttypid, a.atttypmod),
    case when a.attnotnull then ' not null' else '' end,
    coalesce(' collate ' || nullif(co.collname, 'default'), ''), coalesce(pg_get_expr(d.adbin, d.adrelid), 'none'))
from relations r
join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
left join pg_collation co on co.oid = a.attcollation
left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
union all
select format('constraint %s.%s %s', r.relname, con.conname, pg_get_constraintdef(con.oid))
from relations r join pg_constraint con on con.conrelid = r.oid
union all
select format('index %s.%s %s', r.relname, i.indexrelid::regclass, pg_get_indexdef(i.indexrelid))
from relations r join pg_index i on i.indrelid = r.oid
union all
select format('trigger %s.%s %s %s', r.relname, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid))
from relations r join pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal
union all
select format('view %s %s', relname, pg_get_viewdef(oid)) from relations where relkind in ('v', 'm')
union all
select format('function %s', pg_get_functiondef(p.oid))
from pg_proc p where p.pronamespace = $1::regnamespace and p.prokind in ('f', 'p')
order by 1
