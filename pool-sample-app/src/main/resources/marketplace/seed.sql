-- A few thousand rows, the same ones each time. May be run again: rows that are there stay as they are.

insert into public.users (id, handle, name, email, created_at)
	select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, handle, initcap(handle),
		handle || '@example.org', timestamptz '2026-01-01 08:00Z' + n * interval '5 hours'
	from (
		select n, coalesce((array['ada', 'grace', 'alan', 'edsger', 'barbara', 'donald', 'frances', 'ken', 'margaret',
			'dennis'])[n], 'user-' || n) as handle
		from generate_series(1, 200) as n
	) as people
	on conflict do nothing;

insert into public.shops (id, owner_id, name, city)
	select n, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
		(array['Harbour', 'Old Town', 'Riverside', 'Hilltop', 'Station'])[1 + (n - 1) % 5] || ' '
			|| (array['Traders', 'Workshop', 'Market', 'Supply', 'Store', 'Bazaar', 'Corner', 'Depot'])[1 + (n - 1) / 5],
		(array['Lisbon', 'Hamburg', 'Kraków', 'Porto', 'Turku', 'Ghent', 'Graz'])[1 + n % 7]
	from generate_series(1, 40) as n
	on conflict do nothing;

-- Every twentieth product is not listed, so that there is something to hide.
insert into public.products (id, shop_id, name, category, description, price, listed)
	select n, 1 + (n / 10 + n * 3) % 40, adjective || ' ' || noun || ' No. ' || n, category,
		'A ' || lower(adjective) || ' ' || lower(noun) || ', made in a small series.',
		(199 + n * 7919 % 24000) / 100.0, n % 20 <> 0
	from generate_series(1, 5000) as n,
		lateral (select
			(array['Amber', 'Bold', 'Quiet', 'Folding', 'Nordic', 'Vintage', 'Solid', 'Tiny', 'Woven', 'Bright'])[1 + n % 10]
				as adjective,
			1 + n / 10 % 12 as kind) as picked,
		lateral (select
			(array['Lamp', 'Chair', 'Mug', 'Clock', 'Bicycle Bell', 'Backpack', 'Notebook', 'Fountain Pen', 'Kettle',
				'Tea Pot', 'Tent', 'Compass'])[kind] as noun,
			(array['home', 'home', 'kitchen', 'home', 'outdoor', 'outdoor', 'office', 'office', 'kitchen', 'kitchen',
				'outdoor', 'outdoor'])[kind] as category) as named
	on conflict do nothing;

insert into public.orders (id, user_id, product_id, quantity, status, created_at)
	select n, ('00000000-0000-4000-8000-' || lpad((1 + n % 200)::text, 12, '0'))::uuid, 1 + n * 37 % 5000, 1 + n % 4,
		(array['shipped', 'shipped', 'shipped', 'cancelled', 'placed'])[1 + n % 5],
		timestamptz '2026-02-01 08:00Z' + n * interval '45 minutes'
	from generate_series(1, 6000) as n
	on conflict do nothing;

-- New rows get the numbers that follow.
select setval(pg_get_serial_sequence('public.shops', 'id'), (select max(id) from public.shops));
select setval(pg_get_serial_sequence('public.products', 'id'), (select max(id) from public.products));
select setval(pg_get_serial_sequence('public.orders', 'id'), (select max(id) from public.orders));
