// The best split of a column, as core/trees/splits finds it, where its numbers are explained: each is made in the same
// order here, so that both get the same bits.

const NO_HESSIAN: f64 = 1e-9;
const LEAST_GAIN: f64 = 1e-7;
const FEW_LEVELS: i32 = 4;
const MOST_LEVELS: i32 = 32;
const SMOOTHING: f64 = 10;
const LEVEL_L2: f64 = 10;
const FEWEST_ROWS: f64 = 100;
/** Kinds of columns: ../tasks.ts. */
const UP: i32 = 1;
const DOWN: i32 = 2;
const LEVEL: i32 = 3;

// What is asked about now: the column's sums, and those of the leaf with its bounds.
let sums: usize = 0;
let bins: i32 = 0;
let rows: f64 = 0;
let allGradient: f64 = 0;
let allHessian: f64 = 0;
let low: f64 = 0;
let high: f64 = 0;
let minRows: f64 = 0;
let minHessian: f64 = 0;

// The best so far: what goes left, and the last bin of it or how many levels from which end.
let best: f64 = 0;
let bestGradient: f64 = 0;
let bestHessian: f64 = 0;
let bestPlace: i32 = -1;
let bestFromEnd: bool = false;

/**
 * Writes gain, gradient, hessian and l2 of the best split, then the set of bins that go left; a gain of 0 without any. `leaf`
 * and `rules` are as ../tasks.ts writes them; `keys` is room to sort the levels of a column.
 */
export function split(
  kind: i32,
  binCount: i32,
  histogram: usize,
  leaf: usize,
  rules: usize,
  keys: usize,
  found: usize,
): void {
  sums = histogram;
  bins = binCount;
  rows = load<f64>(leaf);
  allGradient = load<f64>(leaf, 8);
  allHessian = load<f64>(leaf, 16);
  const l2OfLeaf = load<f64>(leaf, 24);
  low = load<f64>(leaf, 32);
  high = load<f64>(leaf, 40);
  minRows = load<f64>(rules);
  minHessian = load<f64>(rules, 8);
  const l2 = load<f64>(rules, 16);
  const worth = worthOf(allGradient, allHessian, l2OfLeaf);
  bestPlace = -1;
  memory.fill(found, 0, 64);
  if (kind !== LEVEL) cut(kind, worth, l2, found);
  else levels(worth, l2, keys, found);
}

function worthOf(gradient: f64, hessian: f64, l2: f64): f64 {
  const value = valueOf(gradient, hessian, l2);
  return -(2 * gradient + (hessian + l2) * value) * value;
}

function valueOf(gradient: f64, hessian: f64, l2: f64): f64 {
  const value: f64 = hessian + l2 <= NO_HESSIAN ? 0 : -gradient / (hessian + l2);
  return max<f64>(low, min<f64>(high, value));
}

function leastHessian(wanted: f64): f64 {
  return max<f64>(minHessian, ((wanted - 0.5) * allHessian) / rows);
}

function write(found: usize, gain: f64, l2: f64): void {
  store<f64>(found, gain);
  store<f64>(found, bestGradient, 8);
  store<f64>(found, bestHessian, 16);
  store<f64>(found, l2, 24);
}

function putLeft(found: usize, bin: i32): void {
  const word = found + 32 + ((bin >> 5) << 2);
  store<u32>(word, load<u32>(word) | (1 << (bin & 31)));
}

function cut(kind: i32, worth: f64, l2: f64, found: usize): void {
  const least = leastHessian(minRows);
  const bounded = kind === UP || kind === DOWN || low !== -Infinity || high !== Infinity;
  const hasNulls = load<f64>(sums, 8) > NO_HESSIAN;
  best = worth + LEAST_GAIN;
  if (bounded) boundedCut(kind, l2, least, 0, 0);
  else plainCut(l2, least, f64x2.splat(0));
  let withNulls = false;
  if (hasNulls) {
    const right = bestPlace;
    bestPlace = -1;
    if (bounded) boundedCut(kind, l2, least, load<f64>(sums), load<f64>(sums, 8));
    else plainCut(l2, least, v128.load(sums));
    withNulls = bestPlace >= 0;
    if (!withNulls) bestPlace = right;
  }
  if (bestPlace < 0) return;
  if (!hasNulls) withNulls = bestHessian * 2 >= allHessian;
  for (let bin = withNulls ? 0 : 1; bin <= bestPlace; bin++) putLeft(found, bin);
  write(found, best - worth, l2);
}

function plainCut(l2: f64, least: f64, left: v128): void {
  const whole = f64x2.replace_lane(f64x2.splat(allGradient), 1, allHessian);
  const added = f64x2.splat(l2);
  for (let bin = 1; bin < bins; bin++) {
    left = f64x2.add(left, v128.load(sums + ((<usize>bin) << 4)));
    if (f64x2.extract_lane(left, 1) < least) continue;
    const right = f64x2.sub(whole, left);
    if (f64x2.extract_lane(right, 1) < least) break;
    const gradients = v128.shuffle<f64>(left, right, 0, 2);
    const hessians = v128.shuffle<f64>(left, right, 1, 3);
    const worths = f64x2.div(f64x2.mul(gradients, gradients), f64x2.add(hessians, added));
    const both = f64x2.extract_lane(worths, 0) + f64x2.extract_lane(worths, 1);
    if (both > best) keep(both, bin, f64x2.extract_lane(left, 0), f64x2.extract_lane(left, 1));
  }
}

function keep(both: f64, place: i32, gradient: f64, hessian: f64): void {
  best = both;
  bestPlace = place;
  bestGradient = gradient;
  bestHessian = hessian;
}

function boundedCut(kind: i32, l2: f64, least: f64, gradient: f64, hessian: f64): void {
  for (let bin = 1; bin < bins; bin++) {
    gradient += load<f64>(sums + ((<usize>bin) << 4));
    hessian += load<f64>(sums + ((<usize>bin) << 4), 8);
    if (hessian < least) continue;
    const rest = allGradient - gradient;
    const restHessian = allHessian - hessian;
    if (restHessian < least) break;
    const rise = valueOf(rest, restHessian, l2) - valueOf(gradient, hessian, l2);
    if ((kind === UP && rise < 0) || (kind === DOWN && rise > 0)) continue;
    const both = worthOf(gradient, hessian, l2) + worthOf(rest, restHessian, l2);
    if (both > best) keep(both, bin, gradient, hessian);
  }
}

function isPresent(bin: i32): bool {
  return load<f64>(sums + ((<usize>bin) << 4), 8) > NO_HESSIAN;
}

function levels(worth: f64, l2: f64, keys: usize, found: usize): void {
  let present = 0;
  for (let bin = 0; bin < bins; bin++) present += i32(isPresent(bin));
  if (present < 2) return;
  if (present <= FEW_LEVELS) oneLevel(worth, l2, found);
  else someLevels(worth, l2 + LEVEL_L2, keys, found);
}

/** Those without rows here go where most rows go. */
function putAbsent(found: usize): void {
  if (bestHessian * 2 < allHessian) return;
  for (let bin = 0; bin < bins; bin++) if (!isPresent(bin)) putLeft(found, bin);
}

function oneLevel(worth: f64, l2: f64, found: usize): void {
  const least = leastHessian(minRows);
  let gain = LEAST_GAIN;
  for (let bin = 0; bin < bins; bin++) {
    if (!isPresent(bin)) continue;
    const gradient = load<f64>(sums + ((<usize>bin) << 4));
    const hessian = load<f64>(sums + ((<usize>bin) << 4), 8);
    if (hessian < least || allHessian - hessian < least) continue;
    const both = worthOf(gradient, hessian, l2) + worthOf(allGradient - gradient, allHessian - hessian, l2);
    if (both - worth <= gain) continue;
    gain = both - worth;
    keep(both, bin, gradient, hessian);
  }
  if (bestPlace < 0) return;
  putAbsent(found);
  putLeft(found, bestPlace);
  write(found, gain, l2);
}

function someLevels(worth: f64, l2: f64, keys: usize, found: usize): void {
  const least = leastHessian(minRows);
  const leastOfRest = leastHessian(max<f64>(minRows, FEWEST_ROWS));
  const leastOfGroup = leastHessian(FEWEST_ROWS);
  const enough = ((SMOOTHING - 0.5) * allHessian) / rows;
  let count = 0;
  for (let bin = 0; bin < bins; bin++) {
    const hessian = load<f64>(sums + ((<usize>bin) << 4), 8);
    if (!(hessian > NO_HESSIAN) || !(hessian >= enough)) continue;
    const key = reinterpret<u64>(load<f64>(sums + ((<usize>bin) << 4)) / (hessian + SMOOTHING));
    store<u64>(keys + ((<usize>count) << 3), (key & ~(<u64>255)) | bin);
    count++;
  }
  sort(keys, count);
  const most = min<i32>(MOST_LEVELS, (count + 1) >> 1);

  best = worth + LEAST_GAIN;
  for (let end = 0; end < 2; end++) {
    let gradient: f64 = 0;
    let hessian: f64 = 0;
    let group: f64 = 0;
    for (let i = 0; i < most; i++) {
      const sum = sums + ((<usize>binAt(keys, end === 1 ? count - 1 - i : i)) << 4);
      gradient += load<f64>(sum);
      hessian += load<f64>(sum, 8);
      group += load<f64>(sum, 8);
      const rest = allHessian - hessian;
      if (hessian < least) continue;
      if (rest < leastOfRest) break;
      if (group < leastOfGroup) continue;
      group = 0;
      const both = worthOf(gradient, hessian, l2) + worthOf(allGradient - gradient, rest, l2);
      if (!(both > best)) continue;
      keep(both, i, gradient, hessian);
      bestFromEnd = end === 1;
    }
  }
  if (bestPlace < 0) return;
  putAbsent(found);
  for (let i = 0; i <= bestPlace; i++) putLeft(found, binAt(keys, bestFromEnd ? count - 1 - i : i));
  write(found, best - worth, l2);
}

function binAt(keys: usize, place: i32): i32 {
  return <i32>load<u8>(keys + ((<usize>place) << 3));
}

/** Shell's sort, with gaps that shrink as Ciura's do: https://oeis.org/A102549 */
function sort(keys: usize, count: i32): void {
  for (let gap = 132; gap > 0; gap = (4 * gap) / 9)
    for (let i = gap; i < count; i++) {
      const key = load<f64>(keys + ((<usize>i) << 3));
      let at = i;
      for (; at >= gap; at -= gap) {
        const before = load<f64>(keys + ((<usize>(at - gap)) << 3));
        if (before <= key) break;
        store<f64>(keys + ((<usize>at) << 3), before);
      }
      store<f64>(keys + ((<usize>at) << 3), key);
    }
}
