-- The password that PostgREST signs in with; compose.yaml has it, too.
alter role authenticator password 'demo-only';
