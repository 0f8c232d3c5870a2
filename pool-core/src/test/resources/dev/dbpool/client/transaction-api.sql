-- in front of a second run of transaction.sql: a further schema that is open to transactions
set dbpool.schema = 'api';
