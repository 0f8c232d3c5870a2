create table cars (
	id bigint primary key,
	make text not null,
	price numeric(12, 2) not null
);
insert into cars select n, case when n % 2 = 0 then 'VW' else 'Fiat' end, n + 0.5 from generate_series(1, 5000) n;

create table orders (
	id bigint generated always as identity primary key,
	car_id bigint not null references cars,
	reference text not null
);

create table notes (
	id bigint generated always as identity primary key,
	owner uuid not null default auth.uid(),
	body text not null
);
alter table notes enable row level security;
create policy own_notes on notes for all to authenticated using (owner = auth.uid()) with check (owner = auth.uid());
insert into notes (owner, body) values
	('00000000-0000-0000-0000-00000000000a', 'of a'),
	('00000000-0000-0000-0000-00000000000b', 'of b');

create function slow(seconds double precision) returns text stable language sql as
	$$ select 'slept' from pg_sleep(seconds) $$;

create function place_order_slowly(seconds double precision) returns text volatile language plpgsql as $$
begin
	insert into orders (car_id, reference) values (1, 'slow');
	perform pg_sleep(seconds);
	return 'placed';
end $$;
