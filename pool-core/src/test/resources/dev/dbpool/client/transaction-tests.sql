reset dbpool.schema;

create table sales (
	id bigint generated always as identity primary key,
	reference text not null,
	note text not null default 'none',
	total numeric(12, 2),
	total_with_tax numeric generated always as (total * 1.2) stored
);
create table sale_items (
	id bigint generated always as identity primary key,
	sale_id bigint not null references sales,
	article text not null,
	amount integer not null default 1 check (amount > 0),
	unique (sale_id, article)
);
create table articles (
	name text primary key,
	stock integer not null check (stock >= 0),
	version integer not null default 1
);
create table late_checks (
	id integer primary key,
	sale_id bigint references sales deferrable initially deferred
);

create type mood as enum ('sad', 'content', 'very happy');
create table kinds (
	id bigint primary key,
	exact numeric,
	huge bigint,
	at timestamptz,
	local_at timestamp,
	day date,
	doc jsonb,
	numbers bigint[],
	words text[],
	feeling mood,
	raw bytea,
	ident uuid,
	yes boolean,
	span int4range,
	real8 double precision,
	fixed char(5),
	short varchar(4)
);

create table "odd name; --" (
	"odd ""column""" text primary key,
	"select" text,
	"a.b,c" text,
	"ключ" text
);

create function add_up(a integer, b integer default 5) returns integer language sql as $$ select a + b $$;
create function isolation() returns text stable language sql as $$ select current_setting('transaction_isolation') $$;
create function note_sale(reference text) returns void language sql as $$ insert into sales (reference) values (reference) $$;
create function counted(upto integer) returns table (n integer) language sql as $$ select generate_series(1, upto) $$;
create function count_words(words text[]) returns integer language sql as $$ select cardinality(words) $$;
create function text_of(doc jsonb) returns text language sql as $$ select doc ->> 'text' $$;

create function claim(sub text) returns text language sql
	as $$ select set_config('request.jwt.claims', json_build_object('sub', sub)::text, true) $$;
create function conflict() returns void language plpgsql as $$ begin raise sqlstate 'PT409' using message = 'taken'; end $$;
create function answer_itself() returns void language plpgsql as $$ begin
	raise sqlstate 'PGRST' using message = '{"code": "SHOP1", "message": "sold out"}',
		detail = '{"status": 422, "headers": {}}';
end $$;
create function nothing() returns text language sql as $$ select null::text $$;
create table shelves (id integer primary key);
create table api.shelves (id integer primary key);
grant all on shelves, api.shelves to anon, authenticated, service_role;

create schema closed;
grant usage on schema closed to public;
create table closed.secrets (id integer);
grant all on closed.secrets to public;

create function old.dbpool_transaction(ops jsonb, opts jsonb default '{}') returns jsonb language sql
	as $$ select dbpool.run(ops, opts || '{"version": 99}', 'old') $$;

create table api.things (id integer primary key, name text);
grant all on api.things to anon, authenticated, service_role;

create domain label as text not null;
create table labels (id integer primary key, label label default 'none', note text);
create type spot as (x integer, y integer);
create table shapes (id integer primary key, doc jsonb, docs jsonb[], grid integer[]);
create function is_missing(doc jsonb) returns boolean language sql as $$ select doc is null $$;
create function shape_of(grid integer[]) returns text language sql as $$ select array_dims(grid) $$;
create function sum_of(spots spot[]) returns bigint language sql as $$ select sum(s.x + s.y) from unnest(spots) s $$;
create function x_of(spot spot) returns integer language sql as $$ select (spot).x $$;
