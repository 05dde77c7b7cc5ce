const made = new Map<number, Points>();

export interface Points {
  points: Float64Array;
  weights: Float64Array;
}

/**
 * Where between 0 and 1 to look, and with which weights, to integrate polynomials of less than degree 2 x count exactly.
 * https://en.wikipedia.org/wiki/Gauss%E2%80%93Legendre_quadrature
 */
export function pointsFor(count: number): Points {
  const known = made.get(count);
  if (known) return known;
  const points = new Float64Array(count);
  const weights = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let step = 0; step < 50; step++) {
      // The polynomial of Legendre by its recurrence, and its derivative.
      let [before, value] = [1, x];
      for (let n = 2; n <= count; n++) [before, value] = [value, ((2 * n - 1) * x * value - (n - 1) * before) / n];
      slope = (count * (x * value - before)) / (x * x - 1);
      const moved = value / slope;
      x -= moved;
      if (Math.abs(moved) < 1e-15) break;
    }
    points[i] = (1 - x) / 2;
    weights[i] = 1 / ((1 - x * x) * slope * slope);
  }
  const both = { points, weights };
  made.set(count, both);
  return both;
}
