import type { CohortRows, Federation, RosterScope, SumQuery } from '@cohortium/federation';

/** A sum that a program asks for. */
export interface AskedSum {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a program asks sums of several kinds; `ask` types each answer
  readonly query: SumQuery<any, any>;
  readonly params: unknown;
}

/**
 * A program over sums that does not know who answers: a federation, or one site for itself. Write `const total = yield* ask(query, params)`.
 */
export type SumProgram<R> = Generator<AskedSum, R, unknown>;

/** Asks one sum and gives its value. */
export function* ask<P, V>(query: SumQuery<P, V>, params: P): Generator<AskedSum, V, unknown> {
  return (yield { query, params }) as V;
}

/** Runs a program over the sites of a scope, one round per sum. */
export async function runOverSites<R>(program: SumProgram<R>, federation: Federation, scope: RosterScope): Promise<R> {
  let next = program.next();
  while (!next.done) {
    const { value } = await federation.sum(next.value.query, next.value.params, scope);
    next = program.next(value);
  }
  return next.value;
}

/** Runs a program on the rows of one site: nothing leaves it. */
export function runOnRows<R>(program: SumProgram<R>, rows: CohortRows): R {
  let next = program.next();
  while (!next.done) {
    const { query, params } = next.value;
    next = program.next(query.read(query.local(rows, params), params));
  }
  return next.value;
}
