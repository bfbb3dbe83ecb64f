-- Twenty players at ten tables each, with many rounds, sessions and pairs of seeds.

-- name: sessions
insert into sessions
select 0, 'starlight', 'p' || n % 20, 's' || n, 'house', 'g' || n / 20 % 10, 'dice', 'USD', 'internal', 0, now()
from generate_series(0, 19999) n

-- name: tokens
insert into session_tokens
select 0, 'starlight', 'p' || n % 20, 't' || n, 's' || n, 0, 'house', 'g' || n / 20 % 10, 'USD'
from generate_series(0, 19999) n

-- name: pairs
insert into seed_pairs
select 0, 'starlight', 'p' || n % 20, 'house', 'g' || n / 20 % 10, n / 200, 'i' || n, 'h', 'c', null, 0
from generate_series(0, 19999) n

-- name: rounds
insert into rounds
select 0, 'starlight', 'p' || n % 20, 'r' || n, 'house', 'g' || n / 20 % 10, 'USD', 'internal', 'settled', false, 1, 0,
    0, n, '{}'
from generate_series(0, 39999) n

-- name: analyzed
analyze
