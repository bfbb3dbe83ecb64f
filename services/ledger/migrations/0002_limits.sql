-- A player's daily limits, as JSON.

alter table players add column limits text not null default '{"limits":{}}';
