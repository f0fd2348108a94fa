/** Pairs of rows that can be ordered, and what each row adds to the variance. */
export interface ConcordanceSums {
  /** The higher risk has the earlier event. */
  concordant: number;
  discordant: number;
  /** Equal risks. */
  tiedRisk: number;
  /** Both have their event at the same time; not counted in the concordance. */
  tiedTime: number;
  /** Sums over rows of (c - d)^2, (c - d) n and n^2, with c, d, n the concordant, discordant and all comparable pairs of a row. */
  differenceSquare: number;
  differencePairs: number;
  pairsSquare: number;
}

/** No pairs yet. */
export function emptyConcordance(): ConcordanceSums {
  return { concordant: 0, discordant: 0, tiedRisk: 0, tiedTime: 0, differenceSquare: 0, differencePairs: 0, pairsSquare: 0 };
}

/** Concordance with its standard error; null where no pair can be compared. */
export interface Concordance {
  readonly concordance: number;
  readonly se: number;
}

/**
 * P(higher risk | earlier event), tied risks by halves, with the infinitesimal jackknife variance of R's `survival::concordance`.
 * Source: Therneau & Atkinson, "Concordance", vignette of the R package survival; Harrell et al. 1996.
 */
export function concordanceOf(sums: ConcordanceSums): Concordance | null {
  const pairs = sums.concordant + sums.discordant + sums.tiedRisk;
  if (pairs === 0) return null;
  const somers = (sums.concordant - sums.discordant) / pairs;
  const square = sums.differenceSquare - 2 * somers * sums.differencePairs + somers * somers * sums.pairsSquare;
  return { concordance: (somers + 1) / 2, se: Math.sqrt(Math.max(0, square)) / (2 * pairs) };
}

/** Notes what `rows` alike rows with these pairs each add to the variance. */
function addInfluence(out: ConcordanceSums, rows: number, concordant: number, discordant: number, tied: number): void {
  const difference = concordant - discordant;
  const pairs = concordant + discordant + tied;
  out.differenceSquare += rows * difference * difference;
  out.differencePairs += rows * difference * pairs;
  out.pairsSquare += rows * pairs * pairs;
}

/**
 * Adds one stratum from counts of rows alike: by the number of event times at which they are at risk (0 to m), event or not, and place of
 * their risk in the order of risks. Element `(at * 2 + event) * risks + risk`.
 */
export function addConcordance(out: ConcordanceSums, counts: ArrayLike<number>, m: number, risks: number): void {
  const at = (time: number, event: number, risk: number) => counts[(time * 2 + event) * risks + risk] as number;
  // Later rows by risk, for events at each time; and earlier events by risk, for rows that are still there.
  const later = new Float64Array(risks);
  const concordant = new Float64Array((m + 1) * 2 * risks);
  const discordant = new Float64Array((m + 1) * 2 * risks);
  const tied = new Float64Array((m + 1) * 2 * risks);
  for (let time = m; time >= 1; time--) {
    for (let r = 0; r < risks; r++) later[r] = (later[r] as number) + at(time, 0, r);
    let all = 0;
    for (let r = 0; r < risks; r++) all += later[r] as number;
    let below = 0;
    let events = 0;
    for (let r = 0; r < risks; r++) {
      const d = at(time, 1, r);
      const same = later[r] as number;
      if (d > 0) {
        const k = (time * 2 + 1) * risks + r;
        concordant[k] = below;
        discordant[k] = all - below - same;
        tied[k] = same;
        out.concordant += d * below;
        out.discordant += d * (all - below - same);
        out.tiedRisk += d * same;
        events += d;
      }
      below += same;
    }
    out.tiedTime += (events * (events - 1)) / 2;
    for (let r = 0; r < risks; r++) later[r] = (later[r] as number) + at(time, 1, r);
  }
  const earlier = new Float64Array(risks);
  const add = (time: number, event: number) => {
    let total = 0;
    for (let r = 0; r < risks; r++) total += earlier[r] as number;
    let below = 0;
    for (let r = 0; r < risks; r++) {
      const same = earlier[r] as number;
      const rows = at(time, event, r);
      if (rows > 0) {
        const k = (time * 2 + event) * risks + r;
        addInfluence(
          out,
          rows,
          (concordant[k] as number) + (total - below - same),
          (discordant[k] as number) + below,
          (tied[k] as number) + same,
        );
      }
      below += same;
    }
  };
  for (let time = 1; time <= m; time++) {
    add(time, 1);
    for (let r = 0; r < risks; r++) earlier[r] = (earlier[r] as number) + at(time, 1, r);
    add(time, 0);
  }
}
