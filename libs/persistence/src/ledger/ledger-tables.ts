/**
 * Tables of the ledger, the same at a site and at the coordinator. A log is its head (size, root, right edge) and its leaves. Leaves are
 * never changed and never removed: triggers refuse it, so that no statement does it by mistake; who switches them off is told on by the
 * hashes.
 */
export const ledgerTables = [
  `create table ledger_log (
     log varchar(120) primary key,
     size bigint not null check (size >= 0),
     root bytea not null check (length(root) = 32),
     edges bytea not null)`,
  `create table ledger_leaf (
     log varchar(120) not null references ledger_log,
     index bigint not null check (index >= 0),
     leaf text not null,
     hash bytea not null check (length(hash) = 32),
     primary key (log, index))`,
  `create table ledger_checkpoint (
     log varchar(120) not null,
     size bigint not null,
     note text not null,
     primary key (log, size))`,
  `create table ledger_cosignature (
     log varchar(120) not null,
     size bigint not null,
     witness varchar(120) not null,
     line text not null,
     primary key (log, size, witness))`,
  // Logs of others, as far as this node has seen them continue.
  `create table ledger_peer (
     log varchar(120) primary key,
     key text not null,
     size bigint not null,
     root bytea not null check (length(root) = 32),
     note text not null)`,
  // Compare-and-swap of the head, then the leaves: all of it belongs to the statement that calls, which fails as a whole when the head
  // is not the expected one.
  `create function ledger_append(of_log varchar, old_size bigint, old_root bytea, new_leaves text[], new_hashes bytea[], new_root bytea, new_edges bytea)
   returns bigint language plpgsql as $$
   begin
     if old_size = 0 then
       insert into ledger_log (log, size, root, edges) values (of_log, 0, old_root, '') on conflict (log) do nothing;
     end if;
     update ledger_log set size = old_size + cardinality(new_leaves), root = new_root, edges = new_edges
       where log = of_log and size = old_size and root = old_root;
     if not found then raise exception 'the head of the log has moved' using errcode = 'CL001'; end if;
     insert into ledger_leaf (log, index, leaf, hash)
       select of_log, old_size + place - 1, leaf, hash from unnest(new_leaves, new_hashes) with ordinality as t (leaf, hash, place);
     return old_size;
   end $$`,
  `create function ledger_only_grows() returns trigger language plpgsql as $$
   begin raise exception 'the ledger only grows' using errcode = 'CL002'; end $$`,
  `create trigger ledger_leaf_only_grows before update or delete on ledger_leaf for each row execute function ledger_only_grows()`,
  `create trigger ledger_leaf_not_emptied before truncate on ledger_leaf for each statement execute function ledger_only_grows()`,
];

/** Undoes {@link ledgerTables}. */
export const ledgerTablesDown = [
  'drop table ledger_peer',
  'drop table ledger_cosignature',
  'drop table ledger_checkpoint',
  'drop table ledger_leaf',
  'drop table ledger_log',
  'drop function ledger_append',
  'drop function ledger_only_grows',
];
