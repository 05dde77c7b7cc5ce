const ENOUGH = 1e-16;

/**
 * The probability that a chi-squared variable with `degrees` degrees of freedom exceeds `x`: the upper regularised
 * incomplete gamma function Q(degrees / 2, x / 2), by its series below the mean and its continued fraction above.
 * https://dlmf.nist.gov/8.11.E4 and https://dlmf.nist.gov/8.9.E2
 * chiSquaredTail(3.841, 1) // => 0.05
 */
export function chiSquaredTail(x: number, degrees: number): number {
  if (degrees <= 0 || x <= 0) return 1;
  if (!Number.isFinite(x)) return 0;
  const [a, z] = [degrees / 2, x / 2];
  const scale = Math.exp(a * Math.log(z) - z - logGamma(degrees));
  return z < a + 1 ? 1 - (scale * lowerSeries(a, z)) / a : scale * upperFraction(a, z);
}

const quantiles = new Map<string, number>(); // of a few probabilities and some fifty degrees

/** The value that a chi-squared variable stays below with the given probability: chiSquaredQuantile(0.95, 9) // => 16.92 */
export function chiSquaredQuantile(probability: number, degrees: number): number {
  if (degrees <= 0) return 0;
  const key = `${probability}/${degrees}`;
  const known = quantiles.get(key);
  if (known !== undefined) return known;
  const found = searchQuantile(probability, degrees);
  quantiles.set(key, found);
  return found;
}

function searchQuantile(probability: number, degrees: number): number {
  let [low, high] = [0, degrees + 1];
  while (1 - chiSquaredTail(high, degrees) < probability) high *= 2;
  while (high - low > 1e-10 * high) {
    const middle = (low + high) / 2;
    if (1 - chiSquaredTail(middle, degrees) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The logarithm of gamma(degrees / 2), from gamma(1) = 1, gamma(1/2) = sqrt(pi) and gamma(x + 1) = x gamma(x). */
function logGamma(degrees: number): number {
  let log = degrees % 2 === 0 ? 0 : Math.log(Math.PI) / 2;
  for (let x = degrees / 2 - 1; x > 0; x--) log += Math.log(x);
  return log;
}

/** 1 + z / (a + 1) + z^2 / ((a + 1)(a + 2)) + ... */
function lowerSeries(a: number, z: number): number {
  let [sum, term] = [1, 1];
  for (let n = 1; term > sum * ENOUGH; n++) {
    term *= z / (a + n);
    sum += term;
  }
  return sum;
}

/** 1 / (z + 1 - a - (1 - a) / (z + 3 - a - 2 (2 - a) / (z + 5 - a - ...))), by Lentz's method. */
function upperFraction(a: number, z: number): number {
  let b = z + 1 - a;
  let [c, d] = [Infinity, 1 / b];
  let fraction = d;
  for (let n = 1; n < 1000; n++) {
    const numerator = n * (a - n);
    b += 2;
    d = 1 / (b + numerator * d);
    c = b + numerator / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < ENOUGH * 10) break;
  }
  return fraction;
}
