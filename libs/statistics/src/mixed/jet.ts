/**
 * A number with its first and second derivatives by q parameters: what a smooth function of them is near one point. Gradients are vectors of
 * q, Hessians row-major q x q.
 */
export interface Jet {
  readonly value: number;
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
}

/** Partial derivatives of a function f(parameters, s) at one point. */
export interface Partials {
  readonly value: number;
  /** By the parameters. */
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
  /** By s, by s and each parameter, and twice by s. */
  readonly bySlope: number;
  readonly mixed: Float64Array;
  readonly bySecond: number;
}

/** f(parameters, s(parameters)) from the partial derivatives of f and the jet of s: the chain rule to second order. */
export function composed(f: Partials, s: Jet): Jet {
  const q = f.gradient.length;
  const gradient = f.gradient.map((g, a) => g + f.bySlope * (s.gradient[a] as number));
  const hessian = new Float64Array(q * q);
  for (let a = 0; a < q; a++) {
    const [ma, sa] = [f.mixed[a] as number, s.gradient[a] as number];
    for (let b = 0; b < q; b++) {
      const [mb, sb] = [f.mixed[b] as number, s.gradient[b] as number];
      const at = a * q + b;
      hessian[at] = (f.hessian[at] as number) + ma * sb + sa * mb + f.bySecond * sa * sb + f.bySlope * (s.hessian[at] as number);
    }
  }
  return { value: f.value, gradient, hessian };
}

/** The jet of s that solves f(parameters, s) = 0 at the given point. */
export function implicit(f: Partials, solution: number): Jet {
  const q = f.gradient.length;
  const gradient = f.gradient.map((g) => -g / f.bySlope);
  const known = composed({ ...f, bySlope: 0 }, { value: solution, gradient, hessian: new Float64Array(q * q) });
  return { value: solution, gradient, hessian: known.hessian.map((h) => -h / f.bySlope) };
}

/** g(jet) from g and its first two derivatives there. */
export function applied(jet: Jet, value: number, first: number, second: number): Jet {
  const q = jet.gradient.length;
  return {
    value,
    gradient: jet.gradient.map((g) => first * g),
    hessian: jet.hessian.map((h, k) => first * h + second * (jet.gradient[Math.floor(k / q)] as number) * (jet.gradient[k % q] as number)),
  };
}

/** a + factor b. */
export function plus(a: Jet, b: Jet, factor: number): Jet {
  return {
    value: a.value + factor * b.value,
    gradient: a.gradient.map((g, k) => g + factor * (b.gradient[k] as number)),
    hessian: a.hessian.map((h, k) => h + factor * (b.hessian[k] as number)),
  };
}

/** a b. */
export function times(a: Jet, b: Jet): Jet {
  const q = a.gradient.length;
  return {
    value: a.value * b.value,
    gradient: a.gradient.map((g, k) => g * b.value + a.value * (b.gradient[k] as number)),
    hessian: a.hessian.map((h, at) => {
      const [row, column] = [Math.floor(at / q), at % q];
      const cross =
        (a.gradient[row] as number) * (b.gradient[column] as number) + (a.gradient[column] as number) * (b.gradient[row] as number);
      return h * b.value + cross + a.value * (b.hessian[at] as number);
    }),
  };
}
