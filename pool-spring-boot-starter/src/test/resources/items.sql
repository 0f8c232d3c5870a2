create table public.items (
	id integer primary key,
	name text not null
);
grant select on public.items to anon, authenticated;
grant all on public.items to service_role;

insert into public.items (id, name) select n, 'item ' || n from generate_series(1, 100) as n;

create table public.notes (
	id bigint generated always as identity primary key,
	text text not null
);
grant all on public.notes to anon, service_role;

create function public.wait(seconds double precision) returns text language sql stable as $$
	select pg_sleep(seconds)::text || 'waited'
$$;
grant execute on function public.wait(double precision) to anon;

create function public.wait_for_gate() returns text language sql stable as $$
	select pg_advisory_xact_lock_shared(4711)::text || 'passed'
$$;
grant execute on function public.wait_for_gate() to anon;

create function public.slow_note(text text, seconds double precision) returns void language sql as $$
	select pg_sleep(seconds);
	insert into public.notes (text) values (text);
$$;
grant execute on function public.slow_note(text, double precision) to anon;

create function public.big(length integer) returns text language sql immutable as $$
	select repeat('x', length)
$$;
grant execute on function public.big(integer) to anon;

create schema if not exists shop;
grant usage on schema shop to anon;
create table shop.things (id integer primary key);
grant select on shop.things to anon;
