-- Who may do what: grants say which columns and verbs, policies say which rows. May be run again.
-- Supabase grants everything on new tables of "public" to all of its roles, so take that back first.

revoke all on public.users, public.shops, public.products, public.orders, public.shop_sales, public.marketplace_totals
	from public, anon, authenticated;

alter table public.users enable row level security;
alter table public.shops enable row level security;
alter table public.products enable row level security;
alter table public.orders enable row level security;

grant usage on schema public to anon, authenticated, service_role;

-- Users see and add themselves only.
grant select on public.users to authenticated;
grant insert (id) on public.users to authenticated;

drop policy if exists users_see_themselves on public.users;
create policy users_see_themselves on public.users
	for select to authenticated using (id = (select auth.uid()));

drop policy if exists users_add_themselves on public.users;
create policy users_add_themselves on public.users
	for insert to authenticated with check (id = (select auth.uid()));

-- Everyone sees shops. Their owners are for signed-in users only, since the policy of products asks for them with the
-- rights of the user; it is an id alone, for users see no one but themselves.
grant select (id, name, city) on public.shops to anon, authenticated;
grant select (owner_id) on public.shops to authenticated;

drop policy if exists everyone_sees_shops on public.shops;
create policy everyone_sees_shops on public.shops
	for select to anon, authenticated using (true);

-- Everyone sees listed products; a shop's owner sees the unlisted ones of the shop, too.
grant select on public.products to anon, authenticated;

drop policy if exists everyone_sees_listed_products on public.products;
create policy everyone_sees_listed_products on public.products
	for select to anon, authenticated using (listed);

drop policy if exists owners_see_their_products on public.products;
create policy owners_see_their_products on public.products
	for select to authenticated
	using (shop_id in (select id from public.shops where owner_id = (select auth.uid())));

-- Buyers see and place their own orders. The columns that they cannot give are the database's to fill.
grant select on public.orders to authenticated;
grant insert (product_id, quantity, reference) on public.orders to authenticated;

drop policy if exists buyers_see_their_orders on public.orders;
create policy buyers_see_their_orders on public.orders
	for select to authenticated using (user_id = (select auth.uid()));

drop policy if exists buyers_place_orders on public.orders;
create policy buyers_place_orders on public.orders
	for insert to authenticated with check (user_id = (select auth.uid()));

-- The service role bypasses policies, and needs grants like any other.
grant select, insert, update, delete on public.users, public.shops, public.products, public.orders to service_role;
grant select on public.shop_sales, public.marketplace_totals to service_role;

notify pgrst, 'reload schema';
