-- What every connection says first.

-- name: assume_role
-- Step down to the role that cannot change history, where it exists and may be taken.
select set_config('role', rolname, false) from pg_roles
where rolname = $1 and pg_has_role(session_user, oid,
    case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end)
