/** Time as it is told to pure code. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z; may jump when the machine's clock is set. */
  nowMs(): number;
}

/** Seeded randomness as it is given to pure code. */
export interface Random {
  /** Uniform on [0, 1) with 53 bits. */
  uniform(): number;
}
