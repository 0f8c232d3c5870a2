create table public.items (
	id int primary key,
	name text not null
);
insert into public.items select id, 'Item number ' || id from generate_series(1, 1000) id;
create table public.stock (like public.items including all);
insert into public.stock select * from public.items;
analyze public.items, public.stock;

-- without a key, so that a write that is sent twice leaves two rows
create table public.orders (
	id text not null
);

create function public.work(seconds float8) returns int
	language sql stable
	as $$ select 1 from pg_sleep(seconds) $$;

grant select on public.items, public.stock to anon;
grant insert on public.orders to anon;
