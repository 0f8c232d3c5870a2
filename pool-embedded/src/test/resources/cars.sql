create table public.cars (
	id bigint generated always as identity primary key,
	make text not null,
	owner uuid not null default auth.uid()
);
alter table public.cars enable row level security;
create policy owners_see_their_own on public.cars for select to authenticated using (owner = auth.uid());
create policy owners_add_their_own on public.cars for insert to authenticated with check (owner = auth.uid());
create table public.makes (name text primary key);
