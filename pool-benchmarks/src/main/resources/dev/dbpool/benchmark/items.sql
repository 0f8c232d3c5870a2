create table public.items (
	id bigint primary key,
	name text not null,
	category int not null,
	price numeric(10, 2) not null,
	stock int not null,
	note text
);
insert into public.items
	select id, 'Item number ' || id, (id - 1) / 100, (id * 37 % 100000) / 100.0, id * 7 % 250,
		case when id % 3 = 0 then null else 'In stock since week ' || id % 52 end
	from generate_series(1, 10000) id;
create index on public.items (category, id);
analyze public.items;
grant select on public.items to anon;
