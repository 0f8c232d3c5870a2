-- Transactions over PostgREST: an ordered batch of operations that runs as one request, atomically, under the
-- caller's role. Version 1. Plain SQL without extensions; running it again is harmless.
--
--   psql -f transaction.sql          or a Supabase migration, or a Flyway migration (V2__transaction.sql)
--
-- The functions go into the schema public. Another exposed schema is chosen, and further ones are opened to
-- batches, by a line in front of this file, in the same session:
--
--   set dbpool.schema = 'api';
--
-- The schema dbpool holds the rest. It must not be exposed by PostgREST.

create schema if not exists dbpool;
grant usage on schema dbpool to public;

-- The schemas whose tables and functions a batch may name.
create table if not exists dbpool.open_schema (
	name text primary key
);
grant select on dbpool.open_schema to public;

-- The answers of batches that had an idempotency key, each visible to the caller who gave it.
create table if not exists dbpool.kept_answer (
	owner text not null,
	key text not null,
	digest bytea not null,
	answer jsonb,
	kept_at timestamptz not null default now(),
	primary key (owner, key)
);
create index if not exists kept_answer_kept_at on dbpool.kept_answer (kept_at);

create or replace function dbpool.version() returns integer
language sql immutable parallel safe
as $function$
	select 1
$function$;

-- Who calls: the database role, and the subject of the token, or else all that the token says for longer than one
-- sign-in.
create or replace function dbpool.owner() returns text
language sql stable
as $function$
	select case when nullif(t.claims ->> 'sub', '') is not null
			then pg_catalog.jsonb_build_array(current_user, t.claims ->> 'sub')
			else pg_catalog.jsonb_build_array(current_user, null, pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
				(t.claims - '{exp,iat,nbf,jti}'::text[])::text, 'UTF8')), 'hex')) end::text
		from (select nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::pg_catalog.jsonb) t (claims)
$function$;

alter table dbpool.kept_answer enable row level security;
drop policy if exists own_answers on dbpool.kept_answer;
create policy own_answers on dbpool.kept_answer for all to public
	using (owner = dbpool.owner()) with check (owner = dbpool.owner());
grant select, insert, update on dbpool.kept_answer to public;

-- Forgets old answers. To be run by the owner of the tables, such as by pg_cron.
create or replace function dbpool.purge(older_than interval default '1 day') returns bigint
language sql volatile
as $function$
	with purged as (delete from dbpool.kept_answer where kept_at < pg_catalog.now() - older_than returning 1)
	select pg_catalog.count(*) from purged
$function$;

-- How long answers are kept without a purge.
create table if not exists dbpool.retention (
	only_row boolean primary key default true check (only_row),
	kept_for interval not null default '30 days'
);
insert into dbpool.retention default values on conflict do nothing;

-- How many rows the operations of a transaction may return together; null for no limit. PostgREST's own limit,
-- db-max-rows, does not see them.
create table if not exists dbpool.row_limit (
	only_row boolean primary key default true check (only_row),
	max_rows bigint default 10000 check (max_rows >= 0)
);
insert into dbpool.row_limit default values on conflict do nothing;
grant select on dbpool.row_limit to public;

create or replace function dbpool.max_rows() returns bigint
language sql stable
as $function$
	select l.max_rows from dbpool.row_limit l
$function$;

-- Forgets a few answers of any owner that are past the retention, so that more are forgotten than come. It leaves out
-- what others are forgetting, and strictly isolated transactions, which that would disturb.
create or replace function dbpool.forget() returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $function$
	delete from dbpool.kept_answer where current_setting('transaction_isolation') = 'read committed'
		and ctid = any (array(select k.ctid from dbpool.kept_answer k
			where k.kept_at < now() - (select r.kept_for from dbpool.retention r)
			order by k.kept_at limit 2 for update skip locked))
$function$;

create or replace function dbpool.fail(code text, what text, advice text default '') returns text
language plpgsql volatile
as $function$
begin
	raise exception using errcode = code, message = what, hint = advice;
end
$function$;

create or replace function dbpool.require_open(named text) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
begin
	if not exists (select from dbpool.open_schema s where s.name = named) then
		perform dbpool.fail('42501', format('the schema "%s" is not open to transactions', named),
			'Run transaction.sql with dbpool.schema set to it, if PostgREST exposes it');
	end if;
end
$function$;

-- Finds a table or view by its name, which is compared and never parsed.
create or replace function dbpool.find_relation(in_schema text, named text, out relation oid, out quoted text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
begin
	select c.oid, format('%I.%I', n.nspname, c.relname) into relation, quoted
		from pg_class c join pg_namespace n on n.oid = c.relnamespace join dbpool.open_schema s on s.name = n.nspname
		where n.nspname = in_schema::name and n.nspname::text = in_schema and c.relname = named::name
			and c.relname::text = named and c.relkind in ('r', 'p', 'v', 'm', 'f');
	if relation is null then
		perform dbpool.require_open(in_schema);
		perform dbpool.fail('42P01', format('the table "%s"."%s" does not exist', in_schema, named));
	end if;
end
$function$;

-- The type of a column without its length or scale, so that a comparison neither cuts nor rounds.
create or replace function dbpool.column_type(relation oid, named text) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
declare
	type text;
begin
	select format_type(a.atttypid, -1) into type
		from pg_attribute a
		where a.attrelid = relation and a.attname = named::name and a.attname::text = named and a.attnum > 0
			and not a.attisdropped;
	if type is null then
		perform dbpool.fail('42703', format('the column "%s" of %s does not exist', named, relation::regclass));
	end if;
	return type;
end
$function$;

-- A list of columns, each with a prefix; null for an empty list.
create or replace function dbpool.column_list(relation oid, names text[], prefix text) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
declare
	list text;
	named text;
begin
	foreach named in array names loop
		if not exists (select from pg_attribute a where a.attrelid = relation and a.attname = named::name
				and a.attname::text = named and a.attnum > 0 and not a.attisdropped) then
			perform dbpool.column_type(relation, named);
		end if;
		list := concat_ws(', ', list, prefix || quote_ident(named));
	end loop;
	return list;
end
$function$;

-- A list of columns with their types, so that no other column of the table is touched.
create or replace function dbpool.typed_column_list(relation oid, names text[]) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $function$
	select string_agg(format('%I %s', n, dbpool.column_type(relation, n)), ', ') from unnest(names) n
$function$;

create or replace function dbpool.texts(list jsonb) returns text[]
language sql immutable
set search_path = pg_catalog, pg_temp
as $function$
	select array(select jsonb_array_elements_text(list))
$function$;

-- The expression that reads a value of the operation ($1) as a type. What is JSON or structured is read as it is in
-- rows: null is SQL's, and arrays keep their dimensions.
create or replace function dbpool.operand(type text, value jsonb, path text[]) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $function$
	select case
		when type in ('json', 'jsonb') or jsonb_typeof(value) in ('array', 'object')
			then format('(select r.v from pg_catalog.jsonb_to_record(pg_catalog.jsonb_build_object(''v'', $1 #> %L)) as r(v %s))',
				path::text, type)
		else format('($1 #>> %L)::%s', path::text, type)
	end
$function$;

-- A condition as SQL. Values stay in the operation; nothing but checked names and known operators enter the text.
create or replace function dbpool.condition(relation oid, condition jsonb, path text[]) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
declare
	symbols constant jsonb := '{"eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=",
		"isdistinct": "is distinct from", "cs": "@>", "cd": "<@", "ov": "&&"}';
	operator text := condition ->> 'operator';
	value jsonb := condition -> 'value';
	word text;
	parts text;
	type text;
	field text;
begin
	if condition ? 'not' then
		return 'not (' || dbpool.condition(relation, condition -> 'not', path || 'not'::text) || ')';
	end if;
	if condition ? 'and' or condition ? 'or' then
		word := case when condition ? 'and' then 'and' else 'or' end;
		select string_agg(dbpool.condition(relation, m.member, path || word || (m.position - 1)::text),
				' ' || word || ' ' order by m.position)
			into parts from jsonb_array_elements(condition -> word) with ordinality m (member, position);
		return '(' || coalesce(parts, dbpool.fail('22023', 'a group of conditions is empty')) || ')';
	end if;
	type := dbpool.column_type(relation, condition ->> 'column');
	field := format('t.%I', condition ->> 'column');
	path := path || 'value'::text;
	if operator = 'is' then
		if coalesce(value not in ('null', 'true', 'false', '"unknown"'), true) then
			perform dbpool.fail('22023', 'the operator "is" takes null, true, false or unknown');
		end if;
		return format('%s is %s', field, coalesce(value #>> '{}', 'null'));
	elsif operator = 'in' then
		if jsonb_typeof(value) is distinct from 'array' then
			perform dbpool.fail('22023', 'the operator "in" takes an array');
		end if;
		if type in ('json', 'jsonb') or jsonb_path_exists(value, 'strict $[*] ? (@.type() == "array" || @.type() == "object")') then
			return format('%s in (select r.v from pg_catalog.jsonb_array_elements($1 #> %L) e,'
				|| ' pg_catalog.jsonb_to_record(pg_catalog.jsonb_build_object(''v'', e)) as r(v %s))',
				field, path::text, type);
		end if;
		return format('%s = any (array(select v::%s from pg_catalog.jsonb_array_elements_text($1 #> %L) v))',
			field, type, path::text);
	elsif operator in ('like', 'ilike') then
		return format('%s::text %s ($1 #>> %L)', field, operator, path::text);
	elsif symbols ? operator then
		if value is null or (value = 'null' and operator <> 'isdistinct') then
			perform dbpool.fail('22023', format('the operator "%s" does not take null', operator));
		end if;
		return format('%s %s %s', field, symbols ->> operator, dbpool.operand(type, value, path));
	end if;
	return dbpool.fail('22023', format('the operator "%s" is not known', operator));
end
$function$;

-- The WHERE clause of an operation, empty for all rows.
create or replace function dbpool.restriction(relation oid, op jsonb) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
declare
	conditions text;
begin
	select string_agg(dbpool.condition(relation, m.member, array['where', (m.position - 1)::text]), ' and '
			order by m.position)
		into conditions from jsonb_array_elements(op -> 'where') with ordinality m (member, position);
	if conditions is not null then
		return ' where ' || conditions;
	elsif op ->> 'op' in ('update', 'delete') and op -> 'all' is distinct from 'true' then
		perform dbpool.fail('21000', 'there is no condition, and the operation is not meant for all rows');
	end if;
	return '';
end
$function$;

-- Puts what earlier operations returned where the operation refers to it. Rows are taken apart for that, so that
-- a reference in each of many rows does not copy all of them each time.
create or replace function dbpool.resolved(op jsonb, results jsonb) returns jsonb
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $function$
declare
	members jsonb[] := array(select m.member
		from jsonb_array_elements(op -> 'rows') with ordinality m (member, position) order by m.position);
	reference jsonb;
	path text[];
	place integer;
	value jsonb;
begin
	for reference in select * from jsonb_array_elements(op -> 'references') loop
		if reference ? 'row' then
			value := results #> array_remove(array[reference ->> 'op', 'rows', reference ->> 'row',
				reference ->> 'column'], null);
		else
			select case when coalesce(bool_and(s.member -> (reference ->> 'column') is not null), true)
					then coalesce(jsonb_agg(s.member -> (reference ->> 'column') order by s.position), '[]') end
				into value from jsonb_array_elements(results #> array[reference ->> 'op', 'rows'])
					with ordinality s (member, position);
		end if;
		if value is null then
			perform dbpool.fail('22023', format('it refers to %s of operation %s, which did not return that',
				coalesce(format('column "%s"', reference ->> 'column'), 'the value')
					|| coalesce(format(' in row %s', (reference ->> 'row')::integer + 1), ''),
				(reference ->> 'op')::integer + 1));
		end if;
		path := dbpool.texts(reference -> 'path');
		if path[1] = 'rows' then
			place := path[2]::integer + 1;
			if coalesce(place not between 1 and cardinality(members), true) then
				perform dbpool.fail('22023', format('there is no row %s to put a reference into', place));
			end if;
			members[place] := case when cardinality(path) = 2 then value
				else jsonb_set(members[place], path[3:], value) end;
		else
			op := jsonb_set(op, path, value);
		end if;
	end loop;
	return case when op ? 'rows' then jsonb_set(op, '{rows}', to_jsonb(members)) else op end;
end
$function$;

-- Runs a statement whose only parameter is the operation.
create or replace function dbpool.execute(statement text, data jsonb, returns_rows boolean,
	out counted bigint, out rows jsonb)
language plpgsql volatile
as $function$
begin
	if returns_rows then
		execute 'with dbpool_row as (' || statement || ') select (select pg_catalog.count(*) from dbpool_row),'
			|| ' (select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(r.*)), ''[]'') from (select * from dbpool_row'
			|| coalesce(' limit ' || (dbpool.max_rows() + 1), '') || ') r)'
			into counted, rows using data;
	else
		execute statement using data;
		get diagnostics counted = row_count;
		rows := '[]';
	end if;
end
$function$;

-- What ends an upsert.
create or replace function dbpool.on_conflict(relation oid, op jsonb, names text[]) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
declare
	target text[] := dbpool.texts(op -> 'on_conflict');
	conflict text;
	changed text[];
begin
	if cardinality(target) = 0 then
		select array_agg(a.attname::text) into target
			from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
			where i.indrelid = relation and i.indisprimary;
		if target is null then
			perform dbpool.fail('42P10', format('%s has no primary key: name the columns of the conflict',
				relation::regclass));
		end if;
	end if;
	conflict := format(' on conflict (%s)', dbpool.column_list(relation, target, ''));
	if op ->> 'resolution' = 'ignore' then
		return conflict || ' do nothing';
	end if;
	changed := array(select n from unnest(names) n where n <> all (target));
	return conflict || ' do update set ' || (select string_agg(format('%1$I = excluded.%1$I', n), ', ')
		from unnest(case when cardinality(changed) = 0 then target else changed end) n);
end
$function$;

-- Inserts rows that name the same columns.
create or replace function dbpool.insert_alike(relation oid, quoted text, op jsonb, names text[], members jsonb[], returned text,
	out counted bigint, out rows jsonb)
language plpgsql volatile
as $function$
declare
	list constant text := dbpool.column_list(relation, names, '');
	part record;
begin
	part := dbpool.execute(pg_catalog.concat(
		case when list is null then pg_catalog.format('insert into %s as t default values', quoted)
			else pg_catalog.format('insert into %1$s as t (%2$s) select %2$s'
				|| ' from pg_catalog.jsonb_to_recordset($1) as dbpool_row (%3$s)', quoted, list,
				dbpool.typed_column_list(relation, names)) end,
		case when op ->> 'op' = 'upsert' then dbpool.on_conflict(relation, op, names) end,
		' returning ' || returned), pg_catalog.to_jsonb(members), returned is not null);
	counted := part.counted;
	rows := part.rows;
end
$function$;

-- Inserts rows. Those that follow each other and name the same columns are one statement, so that a column
-- which is missing in a row gets its default there.
create or replace function dbpool.insert(relation oid, quoted text, op jsonb, returned text, out counted bigint, out rows jsonb)
language plpgsql volatile
as $function$
declare
	fields jsonb;
	names text[];
	alike_names text[];
	alike jsonb[] := '{}';
	part record;
begin
	counted := 0;
	rows := '[]';
	perform dbpool.column_list(relation, dbpool.texts(op -> 'columns'), '');
	for fields in select * from pg_catalog.jsonb_array_elements(op -> 'rows') loop
		if op ? 'columns' then
			fields := (select coalesce(pg_catalog.jsonb_object_agg(f.key, f.value), '{}')
				from pg_catalog.jsonb_each(fields) f where op -> 'columns' ? f.key);
		end if;
		if op ? 'with' then
			fields := fields || (op -> 'with');
		end if;
		names := array(select pg_catalog.jsonb_object_keys(fields));
		if pg_catalog.cardinality(alike) > 0 and (names <> alike_names or pg_catalog.cardinality(names) = 0) then
			part := dbpool.insert_alike(relation, quoted, op, alike_names, alike, returned);
			counted := counted + part.counted;
			rows := rows || part.rows;
			alike := '{}';
		end if;
		alike_names := names;
		alike := pg_catalog.array_append(alike, fields);
	end loop;
	part := dbpool.insert_alike(relation, quoted, op, alike_names, alike, returned);
	counted := counted + part.counted;
	rows := rows || part.rows;
end
$function$;

create or replace function dbpool.update_statement(relation oid, quoted text, op jsonb) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
declare
	named text;
	assignments text[] := '{}';
begin
	for named in select * from jsonb_object_keys(coalesce(op -> 'set', '{}')) loop
		assignments := assignments
			|| format('%1$I = (select r.%1$I from pg_catalog.jsonb_to_record($1 -> ''set'') as r (%2$s))',
				named, dbpool.typed_column_list(relation, array[named]));
	end loop;
	for named in select * from jsonb_object_keys(coalesce(op -> 'increment', '{}')) loop
		assignments := assignments || format('%1$I = t.%1$I + ($1 #>> %2$L)::%3$s', named,
			array['increment', named]::text, dbpool.column_type(relation, named));
	end loop;
	if cardinality(assignments) = 0 then
		perform dbpool.fail('22023', 'an update sets no column');
	end if;
	return format('update %s as t set %s', quoted, array_to_string(assignments, ', '))
		|| dbpool.restriction(relation, op);
end
$function$;

create or replace function dbpool.select_statement(relation oid, quoted text, op jsonb, returned text) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
declare
	locks constant jsonb := '{"update": " for update", "no key update": " for no key update",
		"share": " for share", "key share": " for key share"}';
	waits constant jsonb := '{"nowait": " nowait", "skip locked": " skip locked"}';
	directions constant jsonb := '{"asc": " asc", "desc": " desc"}';
	nulls constant jsonb := '{"first": " nulls first", "last": " nulls last"}';
	term jsonb;
	terms text[] := '{}';
	statement text;
begin
	for term in select * from jsonb_array_elements(op -> 'order') loop
		perform dbpool.column_type(relation, term ->> 'column');
		terms := terms || (format('t.%I', term ->> 'column')
			|| coalesce(directions ->> coalesce(term ->> 'direction', 'asc'),
				dbpool.fail('22023', 'the direction of an order is not known'))
			|| case when term ? 'nulls' then coalesce(nulls ->> (term ->> 'nulls'),
				dbpool.fail('22023', 'the place of nulls in an order is not known')) else '' end);
	end loop;
	statement := format('select %s from %s as t', coalesce(returned, 'true as found'), quoted)
		|| dbpool.restriction(relation, op)
		|| coalesce(' order by ' || nullif(array_to_string(terms, ', '), ''), '')
		|| coalesce(' limit ' || least((op ->> 'limit')::bigint, dbpool.max_rows() + 1), '')
		|| coalesce(' offset ' || (op ->> 'offset')::bigint, '');
	if op ? 'lock' then
		statement := statement || coalesce(locks ->> (op ->> 'lock'), dbpool.fail('22023', 'the lock is not known'))
			|| case when op ? 'wait' then coalesce(waits ->> (op ->> 'wait'),
				dbpool.fail('22023', 'the lock wait mode is unknown')) else '' end;
	end if;
	return statement;
end
$function$;

-- The call of a function, found by its name and the names of its arguments.
create or replace function dbpool.call_statement(in_schema text, named text, args jsonb, out statement text,
	out is_void boolean)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
declare
	given text[] := array(select jsonb_object_keys(args));
	candidate record;
	called oid;
	passed text;
	single text;
begin
	perform dbpool.require_open(in_schema);
	if named ~ '^dbpool_' then
		perform dbpool.fail('42501', 'a transaction cannot call another');
	end if;
	for candidate in
		select p.oid, i.names, p.pronargs - p.pronargdefaults as required
			from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
				lateral (select coalesce(array_agg(a.name order by a.position), '{}') as names
					from unnest(p.proargnames, p.proargmodes::text[]) with ordinality a (name, mode, position)
					where coalesce(a.mode, 'i') in ('i', 'b', 'v')) i
			where n.nspname = in_schema::name and n.nspname::text = in_schema and p.proname = named::name
				and p.proname::text = named and p.prokind = 'f'
				and p.prorettype <> 'pg_catalog.trigger'::regtype and p.prorettype <> 'pg_catalog.event_trigger'::regtype
				and cardinality(i.names) = p.pronargs
	loop
		if given <@ candidate.names and candidate.names[1:candidate.required] <@ given then
			if called is not null then
				perform dbpool.fail('42725', format('the function "%s"."%s" is ambiguous', in_schema, named));
			end if;
			called := candidate.oid;
		end if;
	end loop;
	if called is null then
		perform dbpool.fail('42883', format('the function "%s"."%s" (%s) does not exist', in_schema, named,
			array_to_string(given, ', ')));
	end if;
	select string_agg(case when a.mode = 'v' then 'variadic ' else '' end || quote_ident(a.name) || ' => '
				|| dbpool.operand(format_type(a.type, -1), args -> a.name, array['args', a.name]), ', ')
		into passed
		from (select x.name, coalesce(x.mode, 'i') as mode,
					p.proargtypes[row_number() over (order by x.position) - 1] as type
				from pg_proc p, unnest(p.proargnames, p.proargmodes::text[]) with ordinality x (name, mode, position)
				where p.oid = called and coalesce(x.mode, 'i') in ('i', 'b', 'v')) a
		where args ? a.name;
	select max(x.name) into single
		from pg_proc p, unnest(p.proargnames, p.proargmodes::text[]) x (name, mode)
		where p.oid = called and x.mode = 't'
		having count(*) = 1;
	select p.prorettype = 'pg_catalog.void'::regtype into is_void from pg_proc p where p.oid = called;
	statement := format('select pg_catalog.count(*), coalesce(pg_catalog.jsonb_agg(%s), ''[]'') from %I.%I(%s) as dbpool_row',
		case when single is null then 'pg_catalog.to_jsonb(dbpool_row)'
			else format('pg_catalog.jsonb_build_object(%L, dbpool_row)', single) end,
		in_schema, named, passed);
end
$function$;

-- Runs one operation.
create or replace function dbpool.perform(op jsonb, in_schema text, out counted bigint, out rows jsonb)
language plpgsql volatile
as $function$
declare
	kind text := op ->> 'op';
	target record;
	returned text;
	called record;
	done record;
begin
	if kind = 'rpc' then
		called := dbpool.call_statement(in_schema, op ->> 'function', coalesce(op -> 'args', '{}'));
		execute called.statement into counted, rows using op;
		if called.is_void then
			counted := 0;
			rows := '[]';
		end if;
		return;
	elsif kind is null or kind not in ('insert', 'upsert', 'update', 'delete', 'select') then
		perform dbpool.fail('22023', pg_catalog.format('the operation "%s" is not known', kind));
	end if;
	target := dbpool.find_relation(in_schema, op ->> 'table');
	returned := case when op ? 'returning'
		then dbpool.column_list(target.relation, dbpool.texts(op -> 'returning'), 't.') else 't.*' end;
	done := case kind
		when 'insert' then dbpool.insert(target.relation, target.quoted, op, returned)
		when 'upsert' then dbpool.insert(target.relation, target.quoted, op, returned)
		when 'update' then dbpool.execute(pg_catalog.concat(
			dbpool.update_statement(target.relation, target.quoted, op), ' returning ' || returned), op,
			returned is not null)
		when 'delete' then dbpool.execute(pg_catalog.concat('delete from ', target.quoted, ' as t',
			dbpool.restriction(target.relation, op), ' returning ' || returned), op, returned is not null)
		when 'select' then dbpool.execute(dbpool.select_statement(target.relation, target.quoted, op, returned), op,
			true)
	end;
	counted := done.counted;
	rows := done.rows;
end
$function$;

-- Runs the operations in their order. An error names the one that failed.
create or replace function dbpool.perform_all(ops jsonb, home text) returns jsonb
language plpgsql volatile
as $function$
declare
	count constant integer := pg_catalog.jsonb_array_length(ops);
	max_rows constant bigint := dbpool.max_rows();
	returned bigint := 0;
	results jsonb := '[]';
	position integer := 0;
	op jsonb;
	done record;
	error_code text;
	error_message text;
	error_detail text;
	error_hint text;
	error_constraint text;
	error_column text;
	failed_check text;
begin
	while position < count loop
		op := ops -> position;
		if op ? 'references' then
			op := dbpool.resolved(op, results);
		end if;
		done := dbpool.perform(op, coalesce(op ->> 'schema', home));
		returned := returned + pg_catalog.jsonb_array_length(done.rows);
		if returned > max_rows then
			perform dbpool.fail('54000', pg_catalog.format('the transaction returns more than the %s rows of dbpool.row_limit', max_rows),
				'Return fewer rows, or none, or raise max_rows in dbpool.row_limit');
		end if;
		if op ? 'expect' and done.counted <> (op ->> 'expect')::bigint then
			failed_check := 'rows';
			perform dbpool.fail('PT409', pg_catalog.format('it was to affect %s row(s) and affected %s', op ->> 'expect',
				done.counted));
		end if;
		if op ? 'at_most' and done.counted > (op ->> 'at_most')::bigint then
			failed_check := 'rows';
			perform dbpool.fail('PT409', pg_catalog.format('it was to affect at most %s row(s) and affected %s',
				op ->> 'at_most', done.counted));
		end if;
		results := results || pg_catalog.jsonb_build_object('count', done.counted, 'rows', done.rows);
		position := position + 1;
	end loop;
	op := '{"op": "commit"}';
	set constraints all immediate;
	return results;
exception when query_canceled or others then
	get stacked diagnostics error_code = returned_sqlstate, error_message = message_text,
		error_detail = pg_exception_detail, error_hint = pg_exception_hint, error_constraint = constraint_name,
		error_column = column_name;
	if error_code = 'PGRST' then
		raise;
	end if;
	if position < count then
		op := ops -> position;
		error_message := pg_catalog.format('operation %s of %s (%s): %s', position + 1, count,
			pg_catalog.concat_ws(' ', op ->> 'op', coalesce(op ->> 'table', op ->> 'function')), error_message);
	else
		error_message := pg_catalog.format('at the end of the transaction: %s', error_message);
	end if;
	raise exception using errcode = error_code, message = error_message, hint = error_hint,
		detail = pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('dbpool', pg_catalog.jsonb_build_object('index', position,
			'kind', op ->> 'op', 'target', coalesce(op ->> 'table', op ->> 'function'),
			'check', failed_check, 'constraint', nullif(error_constraint, ''), 'column', nullif(error_column, ''),
			'detail', nullif(error_detail, ''))))::text;
end
$function$;

-- Runs a batch, or gives the kept answer of the same batch under the same key.
create or replace function dbpool.run(ops jsonb, opts jsonb, home text) returns jsonb
language plpgsql volatile
as $function$
declare
	max_operations constant integer := 1000;
	max_kept_bytes constant integer := 1048576;
	given_key constant text := opts ->> 'key';
	caller constant text := dbpool.owner();
	own_digest bytea;
	kept record;
	made jsonb;
begin
	if coalesce((opts ->> 'version')::integer, 1) > dbpool.version() then
		perform dbpool.fail('PT501', pg_catalog.format(
			'the database has version %s of dbpool''s transactions, and version %s is needed', dbpool.version(),
			opts ->> 'version'), 'Install the transaction.sql of the client''s version');
	end if;
	if opts ? 'isolation' and pg_catalog.current_setting('transaction_isolation') <> opts ->> 'isolation' then
		perform dbpool.fail('PT501', pg_catalog.format('the transaction is %s instead of %s',
			pg_catalog.current_setting('transaction_isolation'), opts ->> 'isolation'), 'This needs PostgREST 11 or newer');
	end if;
	if pg_catalog.jsonb_typeof(ops) is distinct from 'array' or pg_catalog.jsonb_array_length(ops) = 0 then
		perform dbpool.fail('22023', 'there are no operations');
	end if;
	if pg_catalog.jsonb_array_length(ops) > max_operations then
		perform dbpool.fail('54000', pg_catalog.format('a transaction has at most %s operations, and this one has %s',
			max_operations, pg_catalog.jsonb_array_length(ops)));
	end if;
	if given_key is null or not exists (select from pg_catalog.jsonb_array_elements(ops) o
			where o ->> 'op' is distinct from 'select') then
		return pg_catalog.jsonb_build_object('replayed', false, 'results', dbpool.perform_all(ops, home));
	end if;
	if pg_catalog.length(given_key) not between 1 and 200 then
		perform dbpool.fail('22023', 'an idempotency key has 1 to 200 characters');
	end if;
	perform dbpool.forget();
	own_digest := pg_catalog.sha256(pg_catalog.convert_to(home || E'\n' || ops::text, 'UTF8'));
	loop
		-- waits here for a twin that is still running
		insert into dbpool.kept_answer (owner, key, digest) values (caller, given_key, own_digest) on conflict do nothing;
		exit when found;
		select k.digest, k.answer into kept from dbpool.kept_answer k where k.owner = caller and k.key = given_key;
		continue when not found; -- a purge was faster
		if kept.digest <> own_digest then
			perform dbpool.fail('PT422', 'the idempotency key was used for another transaction',
				'Give each transaction a key of its own, and repeat it unchanged');
		end if;
		return kept.answer || '{"replayed": true}';
	end loop;
	made := pg_catalog.jsonb_build_object('replayed', false, 'results', dbpool.perform_all(ops, home));
	if pg_catalog.octet_length(made::text) > max_kept_bytes then
		perform dbpool.fail('54000', pg_catalog.format('the answer has %s bytes, and at most %s are kept for an idempotency key',
			pg_catalog.octet_length(made::text), max_kept_bytes), 'Return fewer columns, or none');
	end if;
	update dbpool.kept_answer k set answer = made where k.owner = caller and k.key = given_key;
	if not found then
		perform dbpool.fail('42501', 'the answer cannot be kept for its idempotency key: an operation changed who calls',
			'Call functions that change the role or the claims without an idempotency key');
	end if;
	return made;
end
$function$;

-- By default privileges, new functions may be closed to all.
grant execute on all functions in schema dbpool to public;
revoke execute on function dbpool.purge(interval) from public;

-- The functions that PostgREST exposes. What an administrator closed stays closed when this runs again. It opens a transaction at the isolation that a function is set to.
do $block$
declare
	home constant text := coalesce(nullif(current_setting('dbpool.schema', true), ''), 'public');
	is_first constant boolean := to_regprocedure(format('%I.dbpool_transaction(jsonb, jsonb)', home)) is null;
begin
	if home ~ '^pg_' or home in ('information_schema', 'dbpool') then
		raise exception 'the schema % cannot be opened to transactions', home using errcode = '42501';
	end if;
	insert into dbpool.open_schema (name) values (home) on conflict do nothing;
	execute format($ddl$
		create or replace function %1$I.dbpool_version() returns integer
		language sql stable security invoker as 'select dbpool.version()'
		$ddl$, home);
	execute format($ddl$
		create or replace function %1$I.dbpool_transaction(ops jsonb, opts jsonb default '{}') returns jsonb
		language sql volatile security invoker as %2$L
		$ddl$, home, format('select dbpool.run(ops, opts, %L)', home));
	execute format($ddl$
		create or replace function %1$I.dbpool_transaction_serializable(ops jsonb, opts jsonb default '{}') returns jsonb
		language sql volatile security invoker set default_transaction_isolation = 'serializable' as %2$L
		$ddl$, home, format('select dbpool.run(ops, opts || ''{"isolation": "serializable"}'', %L)', home));
	execute format($ddl$
		create or replace function %1$I.dbpool_transaction_read(ops text, opts text default '{}') returns jsonb
		language sql stable security invoker set default_transaction_isolation = 'repeatable read' as %2$L
		$ddl$, home, format('select dbpool.run(ops::jsonb, opts::jsonb || ''{"isolation": "repeatable read"}'', %L)', home));
	if is_first then
		execute format($ddl$
			grant execute on function %1$I.dbpool_version, %1$I.dbpool_transaction, %1$I.dbpool_transaction_serializable,
				%1$I.dbpool_transaction_read to public
			$ddl$, home);
	end if;
end
$block$;

notify pgrst, 'reload schema';
