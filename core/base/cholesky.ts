/** Cholesky's factor of a symmetric matrix, in the place of its lower triangle; false if there is none. https://en.wikipedia.org/wiki/Cholesky_decomposition */
export function factorise(matrix: Float64Array, size: number): boolean {
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      const [a, b] = [row * size, column * size];
      let sum = matrix[a + column]!;
      for (let k = 0; k < column; k++) sum -= matrix[a + k]! * matrix[b + k]!;
      if (column < row) matrix[a + column] = sum / matrix[b + column]!;
      else if (sum > 0) matrix[a + column] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/** What the factored matrix times the answer is `right`. */
export function solve(factor: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  const answer = right.slice();
  for (let row = 0; row < size; row++) {
    let sum = answer[row]!;
    for (let k = 0; k < row; k++) sum -= factor[row * size + k]! * answer[k]!;
    answer[row] = sum / factor[row * size + row]!;
  }
  return solveUpper(factor, answer);
}

/** What the factor's transpose times the answer is `right`: of standard normal numbers, one whose precision was factored. */
export function solveUpper(factor: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  const answer = right.slice();
  for (let row = size - 1; row >= 0; row--) {
    answer[row]! /= factor[row * size + row]!;
    for (let k = 0; k < row; k++) answer[k]! -= factor[row * size + k]! * answer[row]!;
  }
  return answer;
}
