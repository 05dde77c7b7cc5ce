/**
 * The losses of the records' labels, added up, and the slopes of their mean over `batch` rows: cross entropy of a logit
 * (`far` below 0), or half the squared error while that is at most `far`, and by its size beyond. An output is the first
 * number of a row of four.
 */
export function losses(
  far: f64,
  outputs: usize,
  labels: usize,
  recordBytes: usize,
  places: usize,
  slopes: usize,
  rows: usize,
  batch: f64,
): f64 {
  let sum: f64 = 0;
  for (let row: usize = 0; row < rows; row++) {
    const output = <f64>load<f32>(outputs + (row << 4));
    const label = <f64>load<f32>(labels + <usize>load<u32>(places + (row << 2)) * recordBytes);
    const error = output - label;
    const size = Math.abs(error);
    let slope = error;
    if (far < 0) {
      const power = Math.exp(-Math.abs(output));
      sum += Math.max(output, 0) - output * label + Math.log1p(power);
      slope = (output >= 0 ? 1 / (1 + power) : power / (1 + power)) - label;
    } else if (size > far) {
      sum += far * (size - far / 2);
      slope = error > 0 ? far : -far;
    } else {
      sum += (error * error) / 2;
    }
    v128.store(slopes + (row << 4), f32x4.replace_lane(f32x4.splat(0), 0, <f32>(slope / batch)));
  }
  return sum;
}

/**
 * The same of classes: cross entropy of the softmax over a row's first `classes` outputs. A label is the place of its
 * class; the outputs and the slopes are rows of `columns` numbers.
 */
export function classLosses(
  classes: usize,
  columns: usize,
  outputs: usize,
  labels: usize,
  recordBytes: usize,
  places: usize,
  slopes: usize,
  rows: usize,
  batch: f64,
): f64 {
  let sum: f64 = 0;
  for (let row: usize = 0; row < rows; row++) {
    const output = outputs + ((row * columns) << 2);
    const slope = slopes + ((row * columns) << 2);
    const label = (<usize>load<f32>(labels + <usize>load<u32>(places + (row << 2)) * recordBytes)) << 2;
    let most = load<f32>(output);
    for (let at: usize = 4; at < classes << 2; at += 4) most = max<f32>(most, load<f32>(output + at));
    let powers: f64 = 0;
    for (let at: usize = 0; at < classes << 2; at += 4) {
      const power = Math.exp(<f64>load<f32>(output + at) - <f64>most);
      powers += power;
      store<f32>(slope + at, <f32>power);
    }
    sum += Math.log1p(powers - 1) + <f64>most - <f64>load<f32>(output + label);
    for (let at: usize = 0; at < classes << 2; at += 4) {
      const share = <f64>load<f32>(slope + at) / powers - (at === label ? 1 : 0);
      store<f32>(slope + at, <f32>(share / batch));
    }
  }
  return sum;
}
