-- A query that takes as long as its argument says, for trying out slowness. Leave it out where strangers can reach the API.

create or replace function public.take_time(seconds numeric) returns numeric
	language sql stable
	set search_path = ''
	set statement_timeout = '3s'
	as $$
	select seconds from pg_catalog.pg_sleep(least(greatest(seconds, 0), 5)::double precision)
	$$;

revoke all on function public.take_time(numeric) from public;
grant execute on function public.take_time(numeric) to anon, authenticated, service_role;

notify pgrst, 'reload schema';
